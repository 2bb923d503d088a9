"""That the report can be read by everybody: axe-core, words for pictures, dark and narrow screens, no scripts."""

import re
from collections.abc import Callable
from importlib import resources
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from report_page import figures, show_everything, sideways, wide_elements
from study_shapes import SHAPES

from s4mcl_dashboards.page import SECTIONS

OpenReport = Callable[..., Page]
CSS = (resources.files("s4mcl_dashboards") / "templates" / "report.css").read_text(encoding="utf-8")
SURFACES = [(width, scheme) for width in (1440, 390) for scheme in ("light", "dark")]
COLOR = "(element) => getComputedStyle(element).color"


def grave(page: Page) -> list[str]:
    """What axe-core finds serious or critical."""
    found = Axe().run(page, context={"exclude": [[".drawing > *"]]}).response["violations"]  # role img: told in words
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(("width", "scheme"), SURFACES)
def test_axe_finds_nothing_grave(open_report: OpenReport, width: int, scheme: str) -> None:
    page = open_report("whole", width=width, scheme=scheme)
    show_everything(page)  # what opens on demand too
    assert grave(page) == []


def test_headings_go_down_step_by_step(open_report: OpenReport) -> None:
    page = open_report("whole")
    show_everything(page)
    levels = [int(heading.evaluate("heading => heading.tagName[1]")) for heading in page.get_by_role("heading").all()]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


def test_every_figure_is_told_in_words(open_report: OpenReport) -> None:
    page = open_report("whole")
    show_everything(page)
    told = [figure["told"] for figure in figures(page)]
    named = {(figure["anchor"], figure["panel"], figure["told"]) for figure in figures(page)}
    assert len(told) == page.locator(".drawing").count() > 20
    assert all(len(words.split()) >= 4 for words in told), [words for words in told if len(words.split()) < 4]
    assert len(named) == len(told)  # none stands for another of its panel
    expect(page.locator(".drawing:not([role='img'])")).to_have_count(0)
    expect(page.locator("svg.picture:not([role='img'][aria-label])")).to_have_count(0)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "hostile"])
def test_a_phone_never_scrolls_sideways(open_report: OpenReport, shape: str) -> None:
    page = open_report(shape, width=390, height=844)
    show_everything(page)
    assert sideways(page) <= 0
    assert wide_elements(page) == []


def test_the_dark_page_has_the_dark_colours(open_report: OpenReport) -> None:
    light, dark = (open_report("whole", scheme=scheme) for scheme in ("light", "dark"))
    for page, place in ((light, 0), (dark, 1)):
        (ground, ink, series) = (
            page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{name}').trim()")
            for name in ("--page", "--ink", "--series-1")
        )
        assert (ground, series) == tuple(
            re.findall(rf"{name}: (#\w+)", CSS)[place] for name in ("--page", "--series-1")
        )
        assert page.locator("body").evaluate("(element) => getComputedStyle(element).backgroundColor") == rgb(ground)
        assert page.locator("h1").evaluate(COLOR) == rgb(ink)
        page.locator("#labels .drawing").first.scroll_into_view_if_needed()
        expect(page.locator("#labels .drawing.js-plotly-plot")).not_to_have_count(0)
        lines = {trace["color"] for trace in figures(page)[0]["traces"]}
        assert series in lines
        assert not any(str(color).startswith("var(") for color in lines)


def test_the_colours_follow_the_system(open_report: OpenReport) -> None:
    page = open_report("whole")
    expect(page.locator("#labels .drawing.js-plotly-plot")).not_to_have_count(0)
    light, dark = re.findall(r"--series-1: (#\w+)", CSS)
    for scheme, color in (("dark", dark), ("light", light)):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "(color) => document.querySelector('.js-plotly-plot').data.some((trace) => trace.line?.color === color)",
            arg=color,
            timeout=5_000,
        )


def test_without_scripts_the_words_and_tables_are_there(open_report: OpenReport) -> None:
    page = open_report("whole", java_script_enabled=False)
    expect(page.get_by_text("The figures need JavaScript.")).to_be_visible()
    for anchor, _, _ in SECTIONS:
        expect(page.locator(f"#{anchor} h2")).to_be_visible()
    for panel in page.locator(".panel").all():
        expect(panel).to_be_visible()
        expect(panel.locator("h3").first).to_be_visible()
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.get_by_role("tab")).to_have_count(0)  # nothing that does nothing
    expect(page.locator("th button:visible, .legend button:visible")).to_have_count(0)
    for drawing in page.locator(".drawing").all()[:20]:
        shown = drawing.evaluate("(drawing) => getComputedStyle(drawing, '::before').content")
        assert drawing.get_attribute("aria-label") in shown.replace('\\"', '"')


def test_nothing_moves(open_report: OpenReport) -> None:
    page = open_report("whole", reduced_motion="reduce")
    page.locator("#search [role='tab']").last.click()
    page.locator("#labels .legend button").first.click()
    page.locator("nav a").last.click()
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert not re.search(r"\b(animation|transition)\b", CSS)


def rgb(color: str) -> str:
    """#rrggbb as the browser says it."""
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"
