"""How fast the live app is on a large study that is being written, with one browser and 19 scripted clients.

    PYTHONPATH=tests python -m benchmarks.live_app STORAGE [--seconds 60] [--clients 19] [--study large] [--repeats 5]

STORAGE holds a large study (benchmarks.large_study makes one); a copy of its ledger is used. The clients ask for news
every two seconds, as a page does, and fetch the figures that changed; once a second a trial more ends. Times are seen
from the client, so that they hold the server's time and its waiting. A page that was made before is opened `--repeats`
times, in turn with the others. Prints a Markdown table.
"""

import argparse
import gzip
import hashlib
import http.client
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from benchmarks.machine import machine
from s4mcl.ledger import Ledger, Owner, PlannedTrial

EVERY = 2.0  # seconds between two looks for news
MIX = ("labels",) * 8 + ("trials",) * 4 + ("search",) * 3 + ("curves",) * 2 + ("list",) * 2  # 19 clients
OUTPUTS = (("live", "html"), ("live", "title"), ("problem", "children"), ("held", "data"))
DRAWN = ("labels", "search", "curves")  # views with figures
FIGURE = re.compile(r'data-figure="(\w+)"')
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Client(threading.Thread):
    """Asks for news of one view until it is told to stop.

    Attributes:
        times: "first" (the first page), "update" (news and the figures that changed), "no news": seconds of each.
        received: bytes of the updates.
    """

    def __init__(self, address: str, path: str, end: threading.Event) -> None:
        super().__init__(daemon=True)
        self.host, self.path, self.end = urlsplit(address).netloc, path, end
        self.times: dict[str, list[float]] = defaultdict(list)
        self.received: list[int] = []
        self.held, self.figures, self.cookie, self.waits = ["", ""], set[str](), "", True

    def run(self) -> None:
        """Ask, wait, ask again."""
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        answer = self._asked("GET", "/")
        self.cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        while not self.end.is_set():
            begun = time.perf_counter()
            kind, size = self._look()
            taken = time.perf_counter() - begun
            self.times[kind].append(taken)
            if kind == "update":
                self.received.append(size)
            self.end.wait(max(0.0, EVERY - taken))

    def _look(self) -> tuple[str, int]:
        parts = urlsplit(self.path)
        values = {"tick.n_intervals": 0, "url.pathname": parts.path, "url.search": f"?{parts.query}"}
        body = {
            "output": f"..{'...'.join(f'{name}.{prop}' for name, prop in OUTPUTS)}..",
            "outputs": [{"id": name, "property": prop} for name, prop in OUTPUTS],
            "inputs": [{"id": n.split(".")[0], "property": n.split(".")[1], "value": values[n]} for n in values],
            "changedPropIds": ["tick.n_intervals"],
            "state": [{"id": "held", "property": "data", "value": self.held}],
        }
        answer = self._asked("POST", "/_dash-update-component", json.dumps(body))
        if answer.status == 204:
            return "no news", 0
        news, size = json.loads(answer.text)["response"], len(answer.raw)
        self.held, html = news["held"]["data"], news.get("live", {}).get("html", "")
        first, self.waits = self.waits, "data-again" in html
        shown = set(FIGURE.findall(html))
        for name in shown - self.figures:
            size += len(self._asked("GET", f"/figure/{name}").raw)
        self.figures = shown
        return ("first" if first else "update"), size

    def _asked(self, method: str, path: str, body: str | None = None) -> "Answer":
        token = self.cookie.partition("=")[2]
        headers = {"Accept-Encoding": "gzip", "Cookie": self.cookie, "X-CSRFToken": token}
        headers |= {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        if answer.status not in (200, 204):
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return answer


class Answer:
    """A response that was read."""

    def __init__(self, status: int, headers: Any, raw: bytes) -> None:
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def text(self) -> str:
        """Its text."""
        return (gzip.decompress(self.raw) if self.headers["Content-Encoding"] == "gzip" else self.raw).decode()


def write_trials(storage: Path, study: str, end: threading.Event) -> None:
    """End a trial a second, as a driver would."""
    owner, number = Owner.this_process(), 0
    with Ledger.open(storage, create=False) as ledger:
        method = ledger.study(study)["config"]["methods"][0]  # type: ignore[index]
        while not end.wait(1.0):
            number += 1
            key = hashlib.sha256(f"live {number}".encode()).hexdigest()
            trial = {"method": method, "label_fraction": 0.2, "seed": 1000 + number, "hyperparameters": {}}
            ledger.plan(study, "confirm", [PlannedTrial(key, key, trial)])
            attempt = ledger.claim([key], study, "confirm", owner)[key]
            values = {"val_dice": 0.8, "val_score": 0.7, "loss/dice": 0.2}
            ledger.add_reports(key, attempt, [{"iteration": 40 * at, "values": values} for at in range(1, 51)])
            done = {"val_dice": 0.8, "val_score": 0.7, "best_iteration": 2000}
            ledger.finish(
                key, attempt, state="completed", outcome="completed", iterations=2000, seconds=9.0, summary=done
            )


SEEN = """(() => {
  const seen = window.seen = {};
  const painted = (name) => requestAnimationFrame(() => setTimeout(() => { seen[name] ??= performance.now() / 1000; }));
  new MutationObserver(() => {
    if (document.querySelector('main h1')) painted('words');
    if (document.querySelector('.drawing .main-svg')) painted('figure');
  }).observe(document, { subtree: true, childList: true });
})()"""


def browser_seconds(address: str, paths: Sequence[str]) -> dict[str, list[tuple[float, float | None]]]:
    """Seconds from the address bar until the page's words are painted, and its first figure, with an empty cache."""
    found: dict[str, list[tuple[float, float | None]]] = defaultdict(list)
    with sync_playwright() as playwright:
        program = next(path for path in map(shutil.which, BROWSERS) if path)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for path in paths:
            page = browser.new_context(viewport={"width": 1440, "height": 2400}).new_page()
            page.add_init_script(SEEN)
            page.goto(address + path)
            draws = any(view in path for view in DRAWN)
            page.wait_for_function(f"() => window.seen.{'figure' if draws else 'words'}", timeout=60_000)
            seen = page.evaluate("window.seen")
            found[path].append((seen["words"], seen.get("figure")))
            page.context.close()
        browser.close()
    return found


def told(paths: Sequence[str], address: str, when: str) -> None:
    """A row a page."""
    for path, seen in browser_seconds(address, paths).items():
        words, figures = [one for one, _ in seen], [one for _, one in seen if one is not None]
        print(f"| {path}, {when} | {middle(words)} | {middle(figures) if figures else '–'} |", flush=True)


def middle(times: list[float]) -> str:
    """The median; of several the largest too."""
    most = f" ({max(times):.2f})" if len(times) > 1 else ""
    return f"{statistics.median(times):.2f}{most}"


def quantiles(times: list[float]) -> str:
    """Median, 95th percentile and largest, in milliseconds, as cells of a table."""
    ordered = sorted(times)
    middle, late = statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return " | ".join(f"{1000 * value:,.0f}" for value in (middle, late, ordered[-1]))


def measured(storage: Path, study: str, seconds: float, count: int, repeats: int) -> None:
    """Start the app, its clients and its writer; print what was measured."""
    command = [str(Path(sys.executable).parent / "s4mcl"), "dashboard", str(storage), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    end = threading.Event()
    try:
        address = server.stdout.readline().strip().rstrip("/")  # type: ignore[union-attr]
        views = {view: f"/study?study={study}&view={view}" for view in MIX} | {"list": "/"}
        print("| page, in Chromium with an empty cache | words, s: median (largest) | first figure, s |\n|---|---|---|")
        told([*views.values()], address, "the first time")
        told([*views.values()] * repeats, address, "made before")
        clients = [Client(address, views[MIX[place % len(MIX)]], end) for place in range(count)]
        threads = [*clients, threading.Thread(target=write_trials, args=(storage, study, end), daemon=True)]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 2)
        told([*views.values()] * repeats, address, f"{count} clients and a writer")
        time.sleep(seconds / 2)
        end.set()
        for thread in threads:
            thread.join(60)
        report(clients)
        status = Path(f"/proc/{server.pid}/status")
        most = PEAK.search(status.read_text()) if status.is_file() else None
        if most:
            print(f"\nMost memory of the server: {int(most[1]) / 1024:,.0f} MiB")
    finally:
        end.set()
        server.terminate()
        server.wait(20)


def report(clients: Sequence[Client]) -> None:
    """The clients' times."""
    print("\n| seen from the clients | count | median, ms | 95 %, ms | largest, ms |\n|---|---|---|---|---|")
    for kind in ("first", "update", "no news"):
        times = [taken for client in clients for taken in client.times[kind]]
        if times:
            print(f"| {kind} | {len(times):,} | {quantiles(times)} |")
    sizes = [size for client in clients for size in client.received]
    if sizes:
        print(f"\nAn update is {statistics.mean(sizes) / 1024:,.0f} KiB on the wire, on average.")


def main() -> None:
    """Run the benchmark on a copy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("storage", type=Path)
    parser.add_argument("--study", default="large")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=len(MIX))
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "storage"
        shutil.copytree(asked.storage, copy, symlinks=True)
        measured(copy, asked.study, asked.seconds, asked.clients, asked.repeats)
    print(f"\nOn: {machine()}")


if __name__ == "__main__":
    main()
