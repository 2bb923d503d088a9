"""The report on paper: everything is there, light, and no figure is cut in two."""

import io
import re
import unicodedata
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from report_page import figures, until

OpenReport = Callable[..., Page]
A4_INSIDE = 1016  # pixels between the margins: 297 less 28 mm, at 96 dots an inch


def printed(page: Page) -> list[str]:
    """The text of each printed page."""
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    return [squeezed(sheet.extract_text()) for sheet in reader.pages]


def squeezed(text: str) -> str:
    """The text without what a line break and a ligature change."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@pytest.fixture
def page(open_report: OpenReport) -> Page:
    return open_report("whole", scheme="dark")


def test_every_panel_and_every_figure_is_printed(page: Page) -> None:
    whole = "".join(printed(page))
    for text in page.locator("h2, h3, figcaption, .caption, th, [role='tab']").all_text_contents():
        assert squeezed(text) in whole
    assert "label_fractions:" in whole  # what opens on demand
    assert "labelsused,%" in whole  # the axes of a figure that no screen had shown


def test_no_figure_is_cut(page: Page) -> None:
    """A figure is kept together where it fits a sheet, which all do."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    tall = page.locator(".plot").evaluate_all("plots => plots.map((plot) => plot.getBoundingClientRect().height)")
    assert max(tall) < A4_INSIDE
    assert page.locator(".plot").evaluate_all(
        "plots => plots.every((plot) => getComputedStyle(plot).breakInside === 'avoid')"
    )
    wide = "plots => Math.max(...plots.map((plot) => plot.getBoundingClientRect().right))"
    assert page.locator(".plot").evaluate_all(wide) <= 688  # 210 less 28 mm


def test_the_number_of_sheets_is_sane(page: Page) -> None:
    sheets = printed(page)
    assert 4 <= len(sheets) <= 30
    assert all(len(sheet) > 20 for sheet in sheets)  # none is blank


def test_paper_is_light_and_the_screen_comes_back(page: Page) -> None:
    expect(page.locator(".drawing.js-plotly-plot")).not_to_have_count(0)
    before = [trace["color"] for trace in figures(page)[0]["traces"]]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    on_paper = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--page').trim()")
    assert on_paper == "#ffffff"
    assert [trace["color"] for trace in figures(page)[0]["traces"]] != before
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    until(page, lambda: [trace["color"] for trace in figures(page)[0]["traces"]] == before)
    expect(page.locator(".panel.unpicked:visible")).to_have_count(0)
    expect(page.locator("details[open]")).to_have_count(0)
