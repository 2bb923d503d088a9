"""The live app beside a real study: what trials report is shown while they run, and a stop is heard."""

import subprocess
from pathlib import Path

import pytest
from live_apps import COMMAND, LiveApps
from playwright.sync_api import expect
from watched_pages import WatchedPages

from s4mcl.ledger import Ledger

pytestmark = pytest.mark.ray

WORDS = (
    *("name=demo", "methods=[stub]", "label_fractions=[0.4,1.0]", "seeds=20", "search.trials=4"),
    *("search.label_fractions=[0.4]", "budget.iterations=20", "budget.report_every=2", "cluster.num_cpus=1"),
    *("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4"),
    "hyperparameters.stub.milliseconds=150",
)
SECONDS = 120.0


def test_a_study_is_followed_and_stopped(
    app_of: LiveApps, browser_page: WatchedPages, shapes: Path, tmp_path: Path
) -> None:
    Ledger.open(tmp_path).close()
    url = app_of(tmp_path)
    page = browser_page(allowed=(url,))
    page.goto(url)
    expect(page.get_by_text("There is no study yet.")).to_be_visible()
    command = [str(COMMAND), "run", *WORDS, f"data.path={shapes}", f"storage={tmp_path}", "--no-report"]
    driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        expect(page.locator(".badge.running")).to_be_visible(timeout=SECONDS * 1000)
        page.get_by_role("link", name="demo").click()
        page.locator(".views").get_by_role("link", name="Curves").click()
        expect(page.locator(".drawing.js-plotly-plot").first).to_be_visible(timeout=SECONDS * 1000)
        reported = "() => document.querySelector('.js-plotly-plot').data.flatMap((trace) => trace.x).length"
        before = page.evaluate(reported)
        told = page.locator(".progress .counts").last.inner_text()
        page.wait_for_function(f"(before) => ({reported})() > before", arg=before, timeout=SECONDS * 1000)
        expect(page.locator(".progress .counts").last).not_to_have_text(told, timeout=SECONDS * 1000)
        page.get_by_role("button", name="Stop the study").click()
        page.get_by_role("dialog").get_by_role("button", name="Stop").click()
        driver.wait(SECONDS)
        expect(page.locator(".badge.waiting")).to_have_text("not finished, nobody runs it", timeout=SECONDS * 1000)
    finally:
        if driver.poll() is None:
            driver.terminate()
            driver.wait(SECONDS)
    with Ledger.open(tmp_path, create=False) as ledger:
        assert [(one.key, one.seen_at is None) for one in ledger.stop_requests("demo")] == [(None, False)]
        counts = ledger.counts("demo")["confirm"]
    assert 0 < counts["completed"] + counts["reused"] < 40
