"""Whatever the texts of a study hold, the live app shows them as text, runs nothing of them and stays usable."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hostile_study import HOSTILE, STUDY
from live_apps import LiveApps
from playwright.sync_api import Page, expect
from report_page import sideways, wide_elements
from watched_pages import WatchedPages

from s4mcl.ledger import Ledger
from s4mcl_dashboards.app.views import VIEWS

HERE = f"/study?{urlencode({'study': STUDY})}"
MADE_BY_TEXT = (
    "main img",
    "main script",
    "[onerror]",
    "[onfocus]",
    "[onmouseover]",
    "main style",
    "main b",
    "main i:not(.bar i)",
)

expect.set_options(timeout=30_000)  # milliseconds, for a busy machine


@pytest.fixture
def hostile_app(
    app_of: LiveApps, browser_page: WatchedPages, study_of: Callable[[str], Path]
) -> Callable[..., tuple[str, Page]]:
    """The address of an app over the hostile study's storage, and a page that may ask it."""

    def opened(**options: object) -> tuple[str, Page]:
        url = app_of(study_of("hostile").parent)
        page = browser_page(allowed=(url,), **options)  # type: ignore[arg-type]
        page.add_init_script("window.hacked = 0")
        return url, page

    return opened


def addresses(storage: Path) -> list[str]:
    """Every page that a hostile text can reach: views, filters by each method, and trials of each method."""
    with Ledger.open(storage, create=False) as ledger:
        trials = ledger.trials_frame(STUDY)
    keys = trials.unique("method", maintain_order=True)["key"].to_list()
    chosen = [urlencode({"method": text}) for text in HOSTILE.values()]
    return [
        "/",
        *(f"{HERE}&view={view.name}" for view in VIEWS),
        *(f"{HERE}&view=trials&{one}" for one in chosen),
        *(f"/trial?{urlencode({'study': STUDY, 'key': key})}" for key in keys[::4]),
        f"/study?{urlencode({'study': HOSTILE['script']})}",
        f"/compare?{urlencode({'study': STUDY})}&{urlencode({'study': HOSTILE['image']})}",
    ]


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_of_the_texts_runs(
    hostile_app: Callable[..., tuple[str, Page]], study_of: Callable[[str], Path], width: int
) -> None:
    url, page = hostile_app(width=width)
    for address in addresses(study_of("hostile").parent):
        page.goto(url + address)
        expect(page.locator("h1, #problem p").first).to_be_visible()
        expect(page.locator("[data-again]")).to_have_count(0)
        assert page.evaluate("window.hacked") == 0, address
        for made in MADE_BY_TEXT:
            assert page.locator(made).count() == 0, (address[:80], made)
        assert page.locator("main a[href]:not([href^='/'])").count() == 0, address
        assert sideways(page) == 0, (address[:80], wide_elements(page)[:3])


def test_the_texts_can_be_read_and_followed(hostile_app: Callable[..., tuple[str, Page]]) -> None:
    url, page = hostile_app()
    page.goto(url)
    page.get_by_role("link", name=STUDY[:20]).click()
    expect(page.locator("h1")).to_have_text(STUDY)
    assert page.title() == f"{STUDY} · s4mcl"
    page.locator(".views").get_by_role("link", name="Trials").click()
    for name in ("script", "attribute", "right to left", "emoji"):
        text = HOSTILE[name]
        chip = page.locator(".filters .chip").filter(has_text=" ".join(text.split())[:20]).first
        chip.click()
        expect(page.locator(".filters .chip[aria-current]")).to_have_count(1)
        expect(page.locator("table.trials tbody tr").first).to_contain_text(" ".join(text.split())[:20])
        page.locator(".filters .clear").click()
        expect(page.locator(".filters .chip[aria-current]")).to_have_count(0)
    assert page.evaluate("window.hacked") == 0
