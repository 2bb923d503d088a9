"""The report of a large ledger: how long frames and page take, in how much memory, and how fast the page is.

    PYTHONPATH=tests python -m benchmarks.dashboards [--trials 10000] [--reports 52] [--seeds 20] [--storage STORAGE]
        [--keep FOLDER] [KEY=VALUE ...]

Makes the large study of `large_study` in a folder of its own, or takes the one in STORAGE, and measures each part in a
process of its own, as the command line would run it: reading the ledger and computing the frames of the report;
`s4mcl report` from its start to the file; and the page in Chromium. Prints one Markdown table with commit and hardware.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STUDY = "large"
PARTS = ("frames", "report")
LIMITS = {  # trials: of frames, of the report, of its memory, of the page
    10_000: ("2 s", "10 s", "1024 MiB", "12 MB"),
    100_000: ("", "", "", "20 MB"),
}


def frames(storage: Path, _page: Path) -> dict[str, Any]:
    """Read the ledger, and compute what the sections draw and tabulate."""
    from s4mcl.ledger import Ledger
    from s4mcl_dashboards.frames import budget, curves, label_fraction, outcomes, search, table
    from s4mcl_dashboards.frames.query import StudyQuery, Where

    began = time.perf_counter()
    with Ledger.open(storage) as ledger:
        query = StudyQuery(ledger, STUDY)
        trials, proposals, _arms = (lazy.collect() for lazy in (query.trials(), query.proposals(), query.arms()))
        query.attempts().collect()
        read = time.perf_counter() - began
        curves.curves_frame(trials, query.reports(where=Where(stage="confirm")))
    methods = trials["method"].unique(maintain_order=True).to_list()
    history = search.history_frame(proposals)
    for frame in (search.values_frame(proposals, history), search.rungs_frame(proposals)):
        assert frame.height
    effect = label_fraction.label_fraction_frame(trials)
    assert table.table_frame(effect).height
    budget.budget_frame(trials, methods)
    budget.tuning_frame(proposals, methods)
    outcomes.counts_frame(trials)
    outcomes.failures_frame(trials)
    seconds = time.perf_counter() - began
    with Ledger.open(storage) as ledger:
        query = StudyQuery(ledger, STUDY)
        query.token()
        asked = time.perf_counter()
        query.token()
        token = time.perf_counter() - asked
    return {"seconds": seconds, "read": read, "token": token}


def report(storage: Path, page: Path) -> dict[str, Any]:
    """What `s4mcl report` does."""
    from s4mcl_dashboards.report import write_report

    write_report(storage / STUDY, page)
    return {"bytes": page.stat().st_size}


def in_a_process(part: str, storage: Path, page: Path) -> dict[str, Any]:
    """What a part tells, with its seconds from the start of the process to its end and its peak memory."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.dashboards", "--storage", str(storage), "--part", part]
    told = subprocess.run([*command, "--page", str(page)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {"whole": time.perf_counter() - began, **json.loads(told)}


def made(given: argparse.Namespace, storage: Path) -> str:
    """Make the study; what it has, in words."""
    options = [f"--trials={given.trials}", f"--reports={given.reports}", f"--seeds={given.seeds}"]
    command = [sys.executable, "-m", "benchmarks.large_study", str(storage), *given.words, *options]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip().partition(": ")[2]


def tabled(given: argparse.Namespace, storage: Path, page: Path) -> list[tuple[str, str, str]]:
    from benchmarks.page_speed import page_speed

    asked = next((limits for size, limits in LIMITS.items() if given.trials <= size), ("",) * 4)
    found = {part: in_a_process(part, storage, page) for part in PARTS}
    size = found["report"]["bytes"] / 1e6
    speed = page_speed(page)
    return [
        ("frames, ledger to numbers", f"{found['frames']['seconds']:.2f} s", asked[0]),
        ("of which trials, proposals, arms, attempts", f"{found['frames']['read']:.2f} s", ""),
        ("whether there is anything new", f"{1000 * found['frames']['token']:.0f} ms", ""),
        ("`s4mcl report`, process and all", f"{found['report']['whole']:.1f} s", asked[1]),
        ("its peak memory", f"{found['report']['mib']:.0f} MiB", asked[2]),
        (f"the page, {speed.figures} figures", f"{size:.1f} MB", asked[3]),
        *speed.rows(),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--reports", type=int, default=52)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--storage", type=Path, help="of a large study that was made before")
    parser.add_argument("--page", type=Path, help="where the page is kept")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        told = {"frames": frames, "report": report}[given.part](given.storage, given.page)
        print(json.dumps({**told, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    from benchmarks.large_study import counted
    from benchmarks.machine import machine

    with tempfile.TemporaryDirectory() as folder:
        storage = given.storage or Path(folder) / "storage"
        has = made(given, storage) if given.storage is None else ", ".join(counted(storage, STUDY))
        rows = tabled(given, storage, given.page or Path(folder) / "report.html")
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {machine()}\n\n{has}\n")
    print("| what | measured | at most |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
