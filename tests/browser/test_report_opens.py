"""Every shape of a study has a report that opens by file:// without a complaint, and none can reach the network."""

import re
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hostile_study import STUDY
from playwright.sync_api import Page, expect
from report_page import drawn
from study_shapes import SHAPES
from watched_pages import WatchedPages

OpenReport = Callable[..., Page]
POLICY = {
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "script-src 'unsafe-inline'",
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
}
WAYS_OUT = {
    "fetch": "() => fetch(url)",
    "request": "() => { const asked = new XMLHttpRequest(); asked.open('GET', url); asked.send(); }",
    "beacon": "() => navigator.sendBeacon(url, 'x')",
    "socket": "() => new WebSocket(url.replace('http', 'ws'))",
    "events": "() => new EventSource(url)",
    "image": "() => { new Image().src = url; }",
    "script": "() => added('script', { src: url })",
    "style": "() => added('link', { rel: 'stylesheet', href: url })",
    "frame": "() => added('iframe', { src: url })",
    "font": "() => new FontFace('x', `url(${url})`).load()",
    "worker": "() => new Worker(url)",
    "form": "() => added('form', { action: url, target: '_blank' }).submit()",
}
TAKEN = """async (url) => {
  const added = (name, values) => {
    const element = Object.assign(document.createElement(name), values);
    document.body.append(element);
    return element;
  };
  const taken = WAY;
  try { Promise.resolve(taken()).catch(() => {}); } catch (refused) { return refused.name; }
  await new Promise((end) => setTimeout(end, 120));
}"""

PATIENCE = 5.0  # seconds, on a busy machine


class Listener:
    """Counts the requests to a loopback port, and answers none.

    Chromium opens a connection for a frame or a form before it looks at the policy; nothing is said on it.
    """

    def __init__(self) -> None:
        self.requests = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._hear, args=(caller,), daemon=True).start()

    def _hear(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            self.requests += bool(caller.recv(1))


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_report_of_any_study_opens_without_a_complaint(open_report: OpenReport, shape: str) -> None:
    page = open_report(shape)
    expect(page.locator("h1")).to_have_text(STUDY if shape == "hostile" else "demo")
    expect(page.locator("section")).not_to_have_count(0)


def test_the_policy_allows_what_plotly_needs_and_no_more(open_report: OpenReport) -> None:
    page = open_report("whole")
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    assert policy is not None
    assert {part.strip() for part in policy.split(";")} == POLICY
    before = "meta[http-equiv] ~ :is(style, title), meta[http-equiv] ~ script"  # a policy holds for what follows it
    assert page.locator("head style, head title, head script").count() == page.locator(before).count() > 0


def ways_taken(page: Page, listener: Listener, awaited: Collection[str] = ()) -> set[str]:
    """The ways by which the page reached the listener; those that are awaited have seconds more."""
    taken = set()
    for way, script in WAYS_OUT.items():
        before = listener.requests
        page.evaluate(TAKEN.replace("WAY", script), listener.url)
        until = time.monotonic() + (PATIENCE if way in awaited else 0)
        while listener.requests == before and time.monotonic() < until:
            page.wait_for_timeout(20)
        if listener.requests > before:
            taken.add(way)
    return taken


def test_no_way_leads_from_the_page_to_the_network(
    open_report: OpenReport, browser_page: WatchedPages, listener: Listener
) -> None:
    assert ways_taken(open_report("empty"), listener) == set()
    assert any("Content Security Policy" in trouble for trouble in browser_page.troubles())
    browser_page.allow()


def test_without_the_policy_the_same_ways_lead_there(
    report_of: Callable[[str], Path], browser_page: WatchedPages, listener: Listener, tmp_path: Path
) -> None:
    bare = re.sub("<meta http-equiv[^>]*>", "", report_of("empty").read_text(encoding="utf-8"))
    (tmp_path / "bare.html").write_text(bare, encoding="utf-8")
    page = browser_page()
    page.goto((tmp_path / "bare.html").as_uri())
    browser_page.allow()
    there = set(WAYS_OUT) - {"worker"}  # which file:// never takes from elsewhere
    assert ways_taken(page, listener, there) == there


def test_text_is_painted_before_figures_that_nobody_sees_are_drawn(open_report: OpenReport) -> None:
    page = open_report("whole")
    expect(page.locator(".drawing.js-plotly-plot").first).to_be_attached()
    painted = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    loaded = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    assert page.evaluate(painted) > 0
    print(f"first paint after {page.evaluate(painted):.0f} ms, loaded after {page.evaluate(loaded):.0f} ms")
    assert 0 < drawn(page) <= page.locator(".drawing").count() / 3
    hidden = page.locator(".panel.unpicked .drawing.js-plotly-plot")
    expect(hidden).to_have_count(0)
