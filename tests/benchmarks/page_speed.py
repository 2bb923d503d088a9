"""How fast a report is in Chromium: first paint, and what a reader waits for after a click or a move of the mouse."""

import shutil
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

WATCH = """
window.seen = { tasks: [], moves: [] };
new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((task) => task.duration)))
  .observe({ type: "longtask", buffered: true });
"""
CLICK = """
async (button) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const waiting = () => Array.from(document.querySelectorAll(".drawing")).some((drawing) => {
    const box = drawing.getBoundingClientRect();
    const seen = drawing.checkVisibility() && box.bottom > 0 && box.top < innerHeight;
    return seen && !s4mclDrawings.isDrawn(drawing);
  });
  await frame();
  const began = performance.now();
  button.click();
  await frame();
  const answered = performance.now() - began;
  while (waiting() && performance.now() - began < 10000) await frame();
  return [answered, performance.now() - began];
}
"""
HOVER = """
(drawing) => {
  let moved = 0;
  drawing.addEventListener("mousemove", () => { moved = performance.now(); }, true);
  new MutationObserver(() => {
    if (moved) seen.moves.push(performance.now() - moved);
    moved = 0;
  }).observe(drawing, { childList: true, subtree: true });
}
"""
SCREEN = {"width": 1440, "height": 900}
OF_EACH = 6  # buttons of a kind that are pressed in a section
HOVERED = 12  # figures
TWICE = ("legend", "sort")  # so that all is as before


@dataclass
class Speed:
    """Milliseconds. Of a click: until the next frame, and until every figure on the screen is drawn.

    Attributes:
        first_paint: from the navigation to the first text on the screen.
        loaded: until all scripts have run.
        drawn: until the figures of the first screen are drawn.
        answers, finished: by kind of interaction, a number each time.
    """

    first_paint: float = 0.0
    loaded: float = 0.0
    answers: dict[str, list[float]] = field(default_factory=dict)
    finished: dict[str, list[float]] = field(default_factory=dict)
    longest_task: float = 0.0
    figures: int = 0

    def rows(self) -> list[tuple[str, str, str]]:
        """What, measured, at most."""
        rows = [
            ("first paint", f"{self.first_paint / 1000:.2f} s", "2 s"),
            ("loaded", f"{self.loaded / 1000:.2f} s", ""),
        ]
        for kind, times in self.answers.items():
            told = f"median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms of {len(times)}"
            rows.append((f"{kind}: next frame", told, "100 ms"))
            if kind in self.finished:
                done = self.finished[kind]
                told = f"median {statistics.median(done):.0f} ms, worst {max(done):.0f} ms"
                rows.append((f"{kind}: figures on the screen drawn", told, ""))
        return [*rows, ("longest task after loading", f"{self.longest_task:.0f} ms", "")]


def page_speed(path: Path) -> Speed:
    """Open a report by file:// in a new Chromium and use it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            open_report(browser, path)  # the second one finds Chromium's own pages in memory, as a reader's does
            return measured(open_report(browser, path))
        finally:
            browser.close()


def open_report(browser: Browser, path: Path) -> Page:
    page = browser.new_page(viewport=SCREEN)
    page.add_init_script(WATCH)
    page.set_default_timeout(60_000)
    page.goto(path.as_uri())
    page.wait_for_function("() => performance.getEntriesByType('paint').length > 1")
    page.wait_for_timeout(500)
    return page


def measured(page: Page) -> Speed:
    speed = Speed(
        first_paint=page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"),
        loaded=page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"),
        figures=page.locator(".drawing").count(),
    )
    page.evaluate("seen.tasks.length = 0")
    for section in page.locator("section").all():
        section.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        pressed(page, section.locator('[role="tab"]:visible'), "tab", speed)
        pressed(page, section.locator(".legend button:visible"), "legend", speed)
        pressed(page, section.locator("th button:visible"), "sort", speed)
        pressed(page, section.locator("summary:visible"), "fold", speed)
    hovered(page, speed)
    speed.longest_task = max(page.evaluate("seen.tasks"), default=0.0)
    return speed


def pressed(page: Page, buttons: Locator, kind: str, speed: Speed) -> None:
    """Press each button, and wait for what it shows."""
    for button in buttons.all()[:OF_EACH]:
        button.scroll_into_view_if_needed()
        for _ in range(2 if kind in TWICE else 1):
            answer, done = button.evaluate(CLICK)
            speed.answers.setdefault(kind, []).append(answer)
            if kind != "sort":
                speed.finished.setdefault(kind, []).append(done)
            page.wait_for_timeout(100)


def hovered(page: Page, speed: Speed) -> None:
    """Move the mouse over figures; how long until what it shows is there."""
    drawings = page.locator(".drawing:has(.main-svg):visible").all()
    for drawing in drawings[:: max(1, len(drawings) // HOVERED)]:
        drawing.scroll_into_view_if_needed()
        drawing.evaluate(HOVER)
        box = drawing.bounding_box()
        for step in range(1, 12) if box else ():
            page.mouse.move(box["x"] + box["width"] * step / 12, box["y"] + box["height"] * (step % 4 + 1) / 6)
            page.wait_for_timeout(40)
    times = page.evaluate("seen.moves")
    if times:
        speed.answers["hover"] = times
