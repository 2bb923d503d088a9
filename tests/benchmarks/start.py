"""How long the command line takes to answer: s4mcl --help, and s4mcl status of a study of 10,000 trials.

    PYTHONPATH=tests python -m benchmarks.start [--trials 10000] [--runs 11] [--study STUDY_DIR]

Each run is a process of its own, timed from its start to its end; the first of each, which fills the page cache, does
not count. Without STUDY_DIR a study is made, with 20 reports a trial (`large_study.py`).
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measured_table import Row, print_table, uncounted

FULL = 10_000
ASKED = {"s4mcl --help": 0.3, "s4mcl status": 1.0}  # seconds


def seconds(words: list[str], runs: int) -> list[float]:
    """Of each run of s4mcl but the first."""
    command, found = [str(Path(sys.executable).with_name("s4mcl")), *words], []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found.append(time.perf_counter() - began)
    return found[1:]


def row(what: str, found: list[float], least: float) -> Row:
    """The median, and the range."""
    middle = statistics.median(found)
    measured = f"{middle:.2f} s ({min(found):.2f} to {max(found):.2f} in {len(found)} runs)"
    return Row(what, measured, f"under {least:g} s", middle < least)


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--trials", type=int, default=FULL)
    words.add_argument("--runs", type=int, default=11)
    words.add_argument("--study", type=Path, help="the folder of a large study that was made before")
    given = words.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    helped, status = ASKED
    rows = [row(f"start of `{helped}`", seconds(["--help"], given.runs), ASKED[helped])]
    with tempfile.TemporaryDirectory() as folder:
        study = given.study
        if study is None:
            storage, options = Path(folder) / "storage", [f"--trials={given.trials}", "--reports=20"]
            command = [sys.executable, "-m", "benchmarks.large_study", str(storage), *options]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            study = storage / "large"
        found = seconds(["status", str(study)], given.runs)
    told = row(f"`{status}` of a study of {given.trials:,} trials", found, ASKED[status])
    rows.append(told if given.trials >= FULL else uncounted(told, f"under {FULL:,} trials"))
    print_table(rows, " ".join(["benchmarks.start", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
