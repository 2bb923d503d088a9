"""Tabs, legends, tables that sort and links, by mouse and by keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from report_page import figures, until

OpenReport = Callable[..., Page]
REACHABLE = """() => Array.from(document.querySelectorAll('a[href], button, summary, [tabindex]'))
  .filter((element) => element.tabIndex >= 0 && element.checkVisibility({ visibilityProperty: true }))
  .map((element, place) => { element.dataset.stop = place; return place; })"""
FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  return {
    stop: element.dataset.stop === undefined ? null : Number(element.dataset.stop),
    ring: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    what: element.outerHTML.slice(0, 100),
  };
}"""


def visible(page: Page, anchor: str, caption: str) -> dict[str, bool]:
    """Which series of a figure are shown."""
    (found,) = (figure for figure in figures(page) if (figure["anchor"], figure["caption"]) == (anchor, caption))
    return {trace["series"]: trace["visible"] is True for trace in found["traces"]}


def shown_panels(page: Page, section: str) -> list[str]:
    """The names of the panels that can be seen."""
    panels = page.locator(f"#{section} [role='tabpanel']")
    tabs = page.locator(f"#{section} [role='tab']").all_inner_texts()
    return [name for place, name in enumerate(tabs) if panels.nth(place).is_visible()]


def test_a_tab_shows_its_panel_and_draws_its_figures(open_report: OpenReport) -> None:
    page = open_report("whole")
    tabs = page.locator("#search [role='tab']")
    names = tabs.all_inner_texts()
    assert shown_panels(page, "search") == names[:1]
    tabs.nth(1).click()
    assert shown_panels(page, "search") == names[1:2]
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(tabs.nth(0)).to_have_attribute("aria-selected", "false")
    panel = page.locator("#search [role='tabpanel']").nth(1)
    expect(panel.locator(".drawing.js-plotly-plot .point").first).to_be_visible()
    expect(page.get_by_role("tabpanel", name=names[1]).first).to_be_visible()


def test_arrows_home_and_end_go_from_tab_to_tab(open_report: OpenReport) -> None:
    page = open_report("whole")
    tabs = page.locator("#comparisons [role='tab']")
    names = tabs.all_inner_texts()
    assert len(names) > 2
    tabs.first.focus()
    presses = [
        ("ArrowRight", 1),
        ("End", len(names) - 1),
        ("ArrowRight", 0),
        ("ArrowLeft", len(names) - 1),
        ("Home", 0),
    ]
    for key, place in presses:
        page.keyboard.press(key)
        expect(tabs.nth(place)).to_be_focused()
        assert shown_panels(page, "comparisons") == [names[place]], key
    assert tabs.evaluate_all("tabs => tabs.filter((tab) => tab.tabIndex === 0).length") == 1


@pytest.mark.parametrize("by", ["click", "Enter", "Space"])
def test_a_legend_hides_a_line_and_brings_it_back(open_report: OpenReport, by: str) -> None:
    page = open_report("whole")
    button = page.locator("#labels .legend button[data-series='s4mcl']")
    expect(page.locator("#labels .drawing.js-plotly-plot")).to_have_count(3)
    assert visible(page, "labels", "Dice")["s4mcl"]

    def press() -> None:
        button.click() if by == "click" else button.press(by)

    press()
    expect(button).to_have_attribute("aria-pressed", "false")
    until(page, lambda: not visible(page, "labels", "Dice")["s4mcl"])
    assert visible(page, "labels", "Dice")["unet"]
    assert visible(page, "labels", "Dice")["paper"]
    press()
    expect(button).to_have_attribute("aria-pressed", "true")
    until(page, lambda: visible(page, "labels", "Dice")["s4mcl"])


def test_the_table_of_results_sorts_by_its_heads(open_report: OpenReport) -> None:
    page = open_report("whole")
    table = page.locator("#table table", has_text="Dice").first
    place = table.locator("thead th").all_inner_texts().index("Dice")
    before = table.locator("tbody tr").all_inner_texts()

    def values() -> list[float]:
        cells = table.locator(f"tbody tr > *:nth-child({place + 1})")
        return [float(cell.get_attribute("data-value") or "nan") for cell in cells.all()]

    button = table.locator("thead th").nth(place).get_by_role("button")
    assert values() != sorted(values(), reverse=True)
    button.click()
    assert values() == sorted(values(), reverse=True)
    button.click()
    assert values() == sorted(values())
    button.click()
    assert table.locator("tbody tr").all_inner_texts() == before


def test_links_lead_to_every_section(open_report: OpenReport) -> None:
    page = open_report("whole")
    links = page.locator("nav a")
    anchors = [str(link.get_attribute("href")) for link in links.all()]
    assert [f"#{section.get_attribute('id')}" for section in page.locator("section[id]").all()] == anchors
    links.last.click()
    expect(page.locator(anchors[-1])).to_be_in_viewport()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(open_report: OpenReport, width: int) -> None:
    page = open_report("whole", width=width)
    wanted = page.evaluate(REACHABLE)
    assert len(wanted) > 20
    met: list[int] = []
    for _ in wanted:
        page.keyboard.press("Tab")
        found: dict[str, Any] = page.evaluate(FOCUSED)
        assert found["ring"] >= 2, found
        assert found["seen"], found
        met.append(found["stop"])
    assert met == wanted  # each once, in the order of the page
