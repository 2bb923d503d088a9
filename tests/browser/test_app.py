"""The live app in a browser: what a reader does with it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from live_apps import AppProcess, LiveApps
from playwright.sync_api import Page, expect
from report_page import sideways, wide_elements
from watched_pages import WatchedPages

from made_study import make_study, settled, wanted
from s4mcl.execution.lock import StudyLock
from s4mcl.ledger import Ledger
from s4mcl_dashboards.app.views import VIEWS

STUDY = "/study?study=demo"
expect.set_options(timeout=30_000)  # milliseconds, for a busy machine
SERIOUS = ("serious", "critical")
DRAWN = ".drawing.js-plotly-plot"

Open = Callable[..., Page]


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return make_study(tmp_path / "storage").parent


@pytest.fixture
def open_app(app_of: LiveApps, browser_page: WatchedPages, storage: Path) -> Open:
    """Opens an address of the app over the storage; further arguments are those of `browser_page`."""

    def opened(address: str, at: Path | None = None, **options: object) -> Page:
        url = app_of(at or storage)
        page = browser_page(allowed=(url,), **options)  # type: ignore[arg-type]
        page.goto(url + address)
        expect(page.locator("h1")).to_be_visible()
        return page

    return opened


def add_proposal(storage: Path, number: int, score: float) -> None:
    """One more proposal of the U-Net's search, finished."""
    place = {"method": "unet", "label_fraction": 0.1, "number": number}
    with Ledger.open(storage, create=False) as ledger:
        planned = wanted("unet", 0.1, 0, f"proposal {number}", hyperparameters={"generator_lr": 1e-4 * number})
        ledger.record_proposal("demo", "search", hyperparameters=planned.trial["hyperparameters"], **place)  # type: ignore[arg-type]
        ledger.plan("demo", "search", [planned])
        settled(ledger, planned, "demo", "search", score=score)
        ledger.tell_proposal("demo", "search", state="completed", score=score, iterations=20, **place)  # type: ignore[arg-type]


def test_from_the_list_to_a_study_and_back(open_app: Open) -> None:
    page = open_app("/")
    expect(page).to_have_title("Studies · s4mcl")
    page.get_by_role("link", name="demo").click()
    expect(page).to_have_title("demo · s4mcl")
    expect(page.locator("h1")).to_be_focused()
    assert page.url.endswith(STUDY)
    expect(page.locator(DRAWN)).to_have_count(3)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Studies")
    page.go_forward()
    expect(page.locator("h1")).to_have_text("demo")


def test_filters_live_in_the_address(open_app: Open) -> None:
    page = open_app(f"{STUDY}&view=trials")
    rows = page.locator("table.trials tbody tr")
    everything = rows.count()
    filters = page.get_by_role("group", name="Filters")
    filters.get_by_role("link", name="U-Net").click()
    expect(filters.get_by_role("link", name="U-Net")).to_have_attribute("aria-current", "true")
    filters.get_by_role("link", name="confirm").click()
    expect(rows).to_have_count(6)
    assert page.url.endswith(f"{STUDY}&view=trials&stage=confirm&method=unet")
    page.reload()
    expect(rows).to_have_count(6)
    expect(filters.locator("[aria-current]")).to_have_count(2)
    page.go_back()
    expect(filters.locator("[aria-current]")).to_have_count(1)
    page.go_back()
    expect(rows).to_have_count(everything)
    page.locator(".views").get_by_role("link", name="Search").click()
    expect(page.get_by_role("heading", name="The search")).to_be_visible()
    assert page.url.endswith(f"{STUDY}&view=search")


def test_a_filter_leaves_the_reader_where_he_is(open_app: Open) -> None:
    page = open_app(f"{STUDY}&view=trials", height=500)
    chip = page.get_by_role("group", name="Filters").get_by_role("link", name="S4MCL")
    chip.focus()
    page.evaluate("scrollTo(0, 120)")
    page.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-current", "true")
    expect(chip).to_be_focused()
    assert page.evaluate("scrollY") == 120


def test_the_table_is_sorted_by_its_heads(open_app: Open) -> None:
    page = open_app(f"{STUDY}&view=trials&stage=confirm")
    page.get_by_role("link", name="Dice").click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Dice")
    shown = [float(text) for text in page.locator("table.trials tbody td:nth-child(7)").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert "sort=-dice" in page.url


def test_a_row_leads_to_its_trial(open_app: Open) -> None:
    page = open_app(f"{STUDY}&view=trials&stage=confirm&method=s4mcl&labels=0.1")
    page.locator("table.trials tbody tr").nth(1).get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("S4MCL, 10 % of the labels, seed 1")
    expect(page.get_by_role("heading", name="Training curves")).to_be_visible()
    expect(page.locator("#command")).to_contain_text("s4mcl run name=demo-")
    expect(page.locator(DRAWN).first).to_be_visible()


def click_point(page: Page, drawing: int, trace: str) -> None:
    """Click in the middle of the first point of a trace, by its mode and series."""
    box = page.evaluate(
        """([at, series]) => {
          const drawing = document.querySelectorAll('.drawing')[at];
          drawing.scrollIntoView({ block: 'center' });
          const place = drawing.data.findIndex((one) => one.meta?.place && one.meta.series === series);
          const trace = drawing.calcdata[place], axes = drawing._fullLayout;
          const frame = drawing.getBoundingClientRect();
          return { x: frame.x + axes.xaxis._offset + axes.xaxis.c2p(trace[0].x),
                   y: frame.y + axes.yaxis._offset + axes.yaxis.c2p(trace[0].y) };
        }""",
        [drawing, trace],
    )
    page.mouse.move(box["x"] + 1, box["y"])
    page.mouse.move(box["x"], box["y"])
    page.mouse.click(box["x"], box["y"])


def test_a_point_of_one_seed_leads_to_its_trial(open_app: Open) -> None:
    page = open_app(f"{STUDY}&method=unet")
    expect(page.locator(DRAWN)).to_have_count(3)
    click_point(page, 0, "unet")
    expect(page.locator("h1")).to_have_text(re.compile(r"U-Net, 10\s% of the labels, seed \d"))
    page.go_back()
    expect(page.locator(DRAWN)).to_have_count(3)


def zoom(page: Page, at: int) -> list[float]:
    """Drag over a figure; the range of its y axis then."""
    frame = page.locator(f"{DRAWN} .nsewdrag").nth(at)
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.6 * box["height"], steps=5)
    page.mouse.up()
    return shown_range(page, at)


def shown_range(page: Page, at: int) -> list[float]:
    return list(
        page.evaluate("(at) => document.querySelectorAll('.js-plotly-plot')[at]._fullLayout.yaxis.range.slice()", at)
    )


def test_zoom_scroll_focus_and_selection_survive_news(open_app: Open, storage: Path) -> None:
    page = open_app(f"{STUDY}&view=search")
    figure = page.locator(DRAWN).first
    expect(figure).to_be_visible()
    before = shown_range(page, 0)
    zoomed = zoom(page, 0)
    assert zoomed != before
    page.evaluate(
        """() => {
          document.querySelector('.views a').focus({ preventScroll: true });
          getSelection().selectAllChildren(document.querySelector('#search p'));
          const drawing = document.querySelector('.js-plotly-plot');
          window.kept = [drawing, String(getSelection()), drawing.getBoundingClientRect().top];
        }"""
    )
    points = figure.evaluate("drawing => drawing.data.flatMap((trace) => trace.x).length")
    add_proposal(storage, 4, 0.93)
    page.wait_for_function(
        "(points) => document.querySelector('.js-plotly-plot').data.flatMap((trace) => trace.x).length > points",
        arg=points,
    )
    assert shown_range(page, 0) == zoomed
    same = """() => [document.querySelector('.js-plotly-plot') === window.kept[0],
        String(getSelection()) === window.kept[1],
        Math.abs(window.kept[0].getBoundingClientRect().top - window.kept[2]) < 2,
        document.activeElement === document.querySelector('.views a')]"""
    assert page.evaluate(same) == [True] * 4
    page.locator(f"{DRAWN} .nsewdrag").first.dblclick()
    page.wait_for_function(
        "(zoomed) => document.querySelector('.js-plotly-plot')._fullLayout.yaxis.range[0] !== zoomed", arg=zoomed[0]
    )


def test_only_what_changed_is_fetched(open_app: Open, storage: Path) -> None:
    page = open_app(f"{STUDY}&view=search")
    page.set_viewport_size({"width": 1440, "height": 8000})  # what is far from the screen waits
    expect(page.locator(DRAWN).first).to_be_visible()
    expect(page.get_by_text("The statistics are being worked out")).to_have_count(0)
    page.wait_for_timeout(500)
    names = "() => Array.from(document.querySelectorAll('.drawing'), (drawing) => drawing.dataset.figure)"
    before = set(page.evaluate(names))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/figure/" in request.url else None)
    add_proposal(storage, 4, 0.5)
    expect(page.get_by_text("5 proposals").first).to_be_visible()
    page.wait_for_timeout(500)
    after = set(page.evaluate(names))
    assert after & before, "figures of the other method stay"
    assert {url.rpartition("/")[2] for url in asked} == after - before


def test_light_and_dark(open_app: Open) -> None:
    page = open_app(STUDY, scheme="dark")
    line = page.locator(f"{DRAWN} .scatterlayer .js-line").first
    expect(line).to_be_attached()
    dark = line.evaluate("line => getComputedStyle(line).stroke")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(
        "(dark) => getComputedStyle(document.querySelector('.scatterlayer .js-line')).stroke !== dark", arg=dark
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_accessible_and_as_wide_as_the_window(open_app: Open, storage: Path, scheme: str, width: int) -> None:
    make_study(storage, "second")
    with StudyLock(storage / "demo"):
        page = open_app("/", scheme=scheme, width=width)
        with Ledger.open(storage, create=False) as ledger:
            key = ledger.trials_frame("demo").filter(stage="confirm")["key"][0]
        views = [f"{STUDY}&view={view.name}" for view in VIEWS]
        url = page.url.rstrip("/")
        for address in ("/", *views, f"/trial?study=demo&key={key}", "/compare?study=demo&study=second"):
            page.goto(url + address)
            expect(page.locator("h1")).to_be_visible()
            page.wait_for_load_state("networkidle")
            assert sideways(page) == 0, (address, wide_elements(page))
            found = Axe().run(page).response["violations"]
            assert not [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS], address


def test_stopping_asks_first(open_app: Open, storage: Path) -> None:
    with StudyLock(storage / "demo"), Ledger.open(storage, create=False) as ledger:
        page = open_app(STUDY)
        button = page.get_by_role("button", name="Stop the study")
        button.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Stop the study demo?")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        button.click()
        dialog.get_by_role("button", name="No").click()
        expect(dialog).to_be_hidden()
        assert ledger.stop_requests("demo") == []
        button.click()
        dialog.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("It was asked to stop and ends in order.")).to_be_visible()
        expect(button).to_have_count(0)
        assert [request.key for request in ledger.stop_requests("demo")] == [None]


def test_studies_are_chosen_and_compared(open_app: Open, storage: Path) -> None:
    make_study(storage, "second")
    page = open_app("/")
    for name in ("demo", "second"):
        page.get_by_role("checkbox", name=f"Compare {name}").check()
    page.wait_for_timeout(2500)  # a look for news leaves the choice alone
    page.get_by_role("button", name="Compare the chosen studies").click()
    expect(page.get_by_role("heading", name="Side by side", exact=True)).to_be_visible()
    expect(page.locator(DRAWN).first).to_be_visible()
    page.get_by_role("link", name="second", exact=True).click()
    expect(page.get_by_text("Choose two studies or more.")).to_be_visible()


def test_the_command_line_is_copied(open_app: Open, storage: Path) -> None:
    with Ledger.open(storage, create=False) as ledger:
        key = ledger.trials_frame("demo")["key"][0]
    page = open_app(f"/trial?study=demo&key={key}")
    page.get_by_role("button", name="Copy").click()
    copied = page.evaluate("() => String(getSelection())")
    if copied != page.locator("#command").inner_text():
        expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_a_study_folder_opens_at_its_study(app_of: LiveApps, browser_page: WatchedPages, storage: Path) -> None:
    url = app_of(storage / "demo")
    assert url.endswith("/study?study=demo")
    page = browser_page(allowed=(url.partition("/study")[0],))
    page.goto(url)
    expect(page.locator("h1")).to_have_text("demo")


def test_the_token_opens_the_app_and_leaves_the_address(
    app_of: LiveApps, browser_page: WatchedPages, storage: Path
) -> None:
    url = app_of(storage, asks_token=True)
    plain, _, token = url.partition("/?token=")
    page = browser_page(allowed=(plain,))
    browser_page.allow("401")
    assert page.goto(plain).status == 401  # type: ignore[union-attr]
    expect(page.locator("body")).to_contain_text("this app asks for its token")
    page.goto(f"{plain}{STUDY}&view=trials&token={token}")
    expect(page.locator("h1")).to_have_text("demo")
    assert page.url == f"{plain}{STUDY}&view=trials"
    assert page.evaluate("document.cookie").startswith("s4mcl-csrf-"), "the other cookie is hidden from scripts"
    page.locator(".views").get_by_role("link", name="Search").click()
    expect(page.get_by_role("heading", name="The search")).to_be_visible()


def test_an_app_that_went_away_is_told_and_the_page_goes_on(browser_page: WatchedPages, storage: Path) -> None:
    app = AppProcess(storage)
    page = browser_page(allowed=(app.url,))
    page.goto(app.url + STUDY)
    expect(page.locator(DRAWN)).to_have_count(3)
    browser_page.allow("request failed:", "Failed to load resource", "the server did not respond")
    app.kill()
    line = page.locator(".deaf")
    expect(line).to_contain_text("The app does not answer")
    expect(page.locator("h1")).to_have_text("demo")
    again = AppProcess(storage, app.port)
    try:
        expect(line).to_be_hidden()
        page.get_by_role("link", name="Trials").click()
        expect(page.locator("table.trials")).to_be_visible()
        page.goto("about:blank")  # nothing is asked of an app that is gone for good
    finally:
        again.kill()


def test_a_ledger_that_went_away_is_told(open_app: Open, storage: Path, tmp_path: Path) -> None:
    page = open_app(STUDY)
    expect(page.locator(DRAWN)).to_have_count(3)
    away = tmp_path / "away"
    storage.rename(away)
    expect(page.get_by_role("alert").filter(has_text="holds no ledger")).to_be_visible()
    expect(page.locator(DRAWN)).to_have_count(3)
    away.rename(storage)
    expect(page.locator("#problem p")).to_have_count(0)
