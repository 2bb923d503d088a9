"""Whatever the texts of a study hold, its report shows them as text, runs nothing of them and stays readable."""

from collections.abc import Callable

import pytest
from hostile_study import HOSTILE, STUDY, SURROGATE
from playwright.sync_api import Page, expect
from report_page import drawn, show_everything, sideways, wide_elements

from s4mcl_dashboards.markup import IN_CELL

OpenReport = Callable[..., Page]
HOVER = """async () => {
  for (const drawing of document.querySelectorAll('.drawing.js-plotly-plot')) {
    const points = drawing.data.slice(0, 4).map((trace, place) => ({ curveNumber: place, pointNumber: 0 }));
    Plotly.Fx.hover(drawing, points, drawing._fullLayout._subplots.cartesian);
    await new Promise(requestAnimationFrame);
  }
}"""


def test_nothing_of_the_texts_runs(open_report: OpenReport) -> None:
    page = open_report("hostile")
    page.add_init_script("window.hacked = 0")
    page.reload()
    show_everything(page)
    page.evaluate(HOVER)
    assert drawn(page) == page.locator(".drawing").count() > 20
    assert page.evaluate("window.hacked") == 0
    for made_by_the_text in (
        "img",
        "main script:not([type='application/json'])",
        "[onerror]",
        "[onfocus]",
        "main style",
    ):
        assert page.locator(made_by_the_text).count() == 0, made_by_the_text
    assert page.locator("a[href]:not([href^='#'])").count() == page.locator("svg a").count() == 0
    assert page.locator("body > script").count() == 2
    assert page.evaluate("document.activeElement === document.body")  # no autofocus


def test_the_texts_can_be_read(open_report: OpenReport) -> None:
    page = open_report("hostile")
    assert page.title() == f"{STUDY} · s4mcl report"
    expect(page.locator("h1")).to_have_text(STUDY)
    show_everything(page)
    failed = page.get_by_role("table", name="Failed trials").inner_text()
    for name in ("script", "image", "attribute", "comment", "style", "link", "template", "right to left"):
        assert " ".join(HOSTILE[name].split()) in " ".join(failed.split()), name
    assert "safe\ufffdtpircs" in failed
    assert "lone \ufffd surrogate" in failed
    assert "\u202e" not in page.locator("body").inner_text()
    assert SURROGATE.encode("utf-8", "surrogatepass") not in page.content().encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_stays_usable(open_report: OpenReport, width: int) -> None:
    page = open_report("hostile", width=width)
    show_everything(page)
    assert sideways(page) <= 0
    assert wide_elements(page) == []
    longest = max(len(text) for text in page.locator("main td, main th, main button, main h3").all_inner_texts())
    assert longest <= IN_CELL
    configuration = page.locator("pre", has_text="unbrokenunbroken").first  # which alone has the texts whole
    assert HOSTILE["long"] in configuration.inner_text().replace("\n", "")
