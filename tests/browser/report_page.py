"""What a test asks of an open report: that all is drawn, how wide it is, what each figure drew."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

DRAWN = "drawing => drawing.classList.contains('js-plotly-plot')"
EVERYTHING = """() => {
  document.querySelectorAll('.panel.unpicked').forEach((panel) => panel.classList.remove('unpicked'));
  document.querySelectorAll('details').forEach((part) => { part.open = true; });
  document.querySelectorAll('.drawing').forEach(window.s4mclDrawings.draw);
}"""
FIGURES = """() => Array.from(document.querySelectorAll('.drawing.js-plotly-plot'), (drawing) => ({
  anchor: drawing.closest('section').id,
  panel: drawing.closest('[role=tabpanel], .panel')?.querySelector('h3')?.textContent ?? '',
  caption: drawing.parentElement.querySelector('figcaption')?.textContent ?? '',
  told: drawing.getAttribute('aria-label'),
  points: drawing.querySelectorAll('.scatterlayer .trace .point').length,
  lines: drawing.querySelectorAll('.scatterlayer .trace .js-line').length,
  traces: drawing.data.map((trace) => ({
    series: [].concat(trace.meta?.series ?? [])[0] ?? null, visible: trace.visible ?? true, mode: trace.mode ?? '',
    color: trace.line?.color ?? trace.marker?.color ?? null, dash: trace.line?.dash ?? null,
    symbol: trace.marker?.symbol ?? null, x: trace.x ?? null, y: trace.y ?? null, z: trace.z ?? null,
  })),
}))"""


def show_everything(page: Page) -> None:
    """Open every panel and every part that opens on demand, and draw every figure: a page that no reader sees."""
    page.evaluate(EVERYTHING)


def figures(page: Page) -> list[dict[str, Any]]:
    """The drawn figures: where each stands, what it is called, and what it drew."""
    return list(page.evaluate(FIGURES))


def until(page: Page, holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something holds: figures are drawn one a turn, and a click is not answered in the same one."""
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        page.wait_for_timeout(50)
    assert holds()


def drawn(page: Page) -> int:
    """How many figures are drawn."""
    return int(page.locator(".drawing.js-plotly-plot").count())


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def wide_elements(page: Page) -> list[str]:
    """The elements that stick out of the window to the right and are in no box that scrolls or cuts them."""
    return list(
        page.evaluate(
            """() => Array.from(document.querySelectorAll('body *'), (element) => {
              const box = element.getBoundingClientRect();
              const held = element.closest('.scroll, pre, svg, .drawing, [role=tablist]');
              return !held && box.width && box.right > innerWidth + 1 ? element.outerHTML.slice(0, 120) : '';
            }).filter(Boolean)"""
        )
    )
