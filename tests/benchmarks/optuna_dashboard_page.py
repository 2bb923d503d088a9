"""optuna-dashboard's server and page beside a report of the same study."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

LIMIT = 300.0  # seconds
DRAWN = """
Array.from(document.querySelectorAll(".js-plotly-plot")).some(
  (drawn) => drawn.querySelector(".main-svg") && (drawn.data || []).some((trace) => trace.x && trace.x.length > 5))
"""
HEAP = "performance.memory.usedJSHeapSize / 2 ** 20"


@contextlib.contextmanager
def serving(file: Path) -> Iterator[str]:
    """optuna-dashboard on a free loopback port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = "from optuna_dashboard._cli import main; main()"
    command = [sys.executable, "-c", start, f"sqlite:///{file}", "--port", str(port), "--quiet"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/dashboard").read()
                break
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def answered(address: str) -> tuple[float, int]:
    """Seconds and bytes of an answer."""
    began = time.perf_counter()
    with urllib.request.urlopen(address, timeout=LIMIT) as answer:
        size = len(answer.read())
    return time.perf_counter() - began, size


def opened(page: Page, address: str) -> tuple[str, str]:
    """Seconds until the first figure is drawn, and the page's memory."""
    began = time.perf_counter()
    try:
        page.goto(address, timeout=1000 * LIMIT)
        page.wait_for_function(DRAWN, timeout=1000 * LIMIT, polling=50)
    except Error:
        return f"more than {LIMIT:.0f} s", "–"
    seconds = time.perf_counter() - began
    page.wait_for_timeout(2000)
    return f"{seconds:.1f} s", f"{page.evaluate(HEAP):.0f} MiB"


def dashboard_table(study: Path, exported: Path, report: Path) -> None:
    """Print how long both take."""
    from s4mcl_dashboards.report import write_report

    began = time.perf_counter()
    write_report(study, report)
    made = time.perf_counter() - began
    with serving(exported) as address, sync_playwright() as playwright:
        first, size = answered(f"{address}/api/studies/1")
        again, _ = answered(f"{address}/api/studies/1")
        flags = ["--no-sandbox", "--enable-precise-memory-info"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        browser.new_page().goto("about:blank")
        theirs = opened(browser.new_page(viewport={"width": 1440, "height": 900}), f"{address}/dashboard/studies/1")
        ours = opened(browser.new_page(viewport={"width": 1440, "height": 900}), report.as_uri())
        browser.close()
    sizes = f"{size / 1e6:.1f} MB", f"{report.stat().st_size / 1e6:.1f} MB"
    rows = (
        ("", "optuna-dashboard", "s4mcl report"),
        ("---", "---", "---"),
        ("the study, first asked for; the report, made", f"{first:.1f} s", f"{made:.1f} s"),
        ("the study, asked for again", f"{again:.1f} s", "–"),
        ("size of the answer; of the report with all its images", *sizes),
        ("page until its first figure is drawn", theirs[0], ours[0]),
        ("memory of the page's scripts", theirs[1], ours[1]),
    )
    print("\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows), flush=True)
