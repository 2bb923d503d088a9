"""A whole study by s4mcl run, against the same trials as plain Ray Tune function trainables.

    PYTHONPATH=tests python -m benchmarks.whole_study [--data DATA] [--seconds 60] [--repeats 1] [--short]
        [--methods s2mcl,s4mcl] [--label-fractions 0.1,0.3,1.0] [--seeds 1] [--size 128] [--width 16] [--iterations N]

Three arms in turn, each a process of its own from its start to its end: s4mcl run, plain Tune around our step, plain
Tune around the step of baseline_step.py (`plain_tune.py`). All train the same table, methods x label fractions x seeds,
two trials at once with one thread each, for as many iterations, judge the same images as often, and the test part at
the end. How many iterations make a trial of --seconds is found out first, in a short study. `--short` tries the whole
out with tiny networks; what it prints says nothing about speed. Without DATA, a prepared dataset, the phantom is used.
"""

import argparse
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measured_table import Row, print_table, times_as_fast, uncounted
from benchmarks.plain_tune import parser, table

REPORTS = 4  # of a trial
SAID = re.compile(r"trials (\d+), iterations (\d+), seconds ([\d.]+) ([\d.]+) ([\d.]+)")
ARMS = {"ours": ("our step", 1.1), "plain": ("the step of baseline_step.py", 2.0)}
FIRST = 16  # iterations of the trials that tell how long one takes; they report once, about as often as long ones do


@dataclass(frozen=True)
class Ran:
    """One arm: its seconds, its trials and their iterations, and the shortest, mean and longest trial in seconds."""

    wall: float
    trials: int
    iterations: int
    spread: tuple[float, float, float]


def timed(command: list[str]) -> tuple[float, str]:
    """Seconds that a command takes, and what it says.

    Raises:
        SystemExit: it failed.
    """
    began = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return time.perf_counter() - began, done.stdout


def by_s4mcl(given: argparse.Namespace, storage: Path) -> Ran:
    """The table as a study. The paper's settings are trained, nothing is searched, and no report is drawn."""
    words = [
        *("name=table", f"data.path={given.data.absolute()}", f"storage={storage}", "search.trials=0"),
        *(f"methods=[{given.methods}]", f"label_fractions=[{given.label_fractions}]", f"seeds={given.seeds}"),
        *(f"budget.iterations={given.iterations}", f"budget.report_every={given.report_every}"),
        *(f"image_size={given.size}", f"width={given.width}", "cluster.num_cpus=2"),
    ]
    wall, _ = timed([str(Path(sys.executable).with_name("s4mcl")), "run", "--no-report", *words])
    with sqlite3.connect(storage / "ledger.sqlite") as connection:
        ended = connection.execute("select iterations, seconds from trials where outcome = 'completed'").fetchall()
    seconds = [float(row[1]) for row in ended]
    spread = min(seconds), statistics.mean(seconds), max(seconds)
    return Ran(wall, len(ended), sum(int(row[0]) for row in ended), spread)


def by_tune(given: argparse.Namespace, storage: Path, step: str) -> Ran:
    """The table as function trainables."""
    named = ("methods", "label_fractions", "seeds", "iterations", "report_every", "size", "width", "baseline")
    options = [f"--{name.replace('_', '-')}={getattr(given, name)}" for name in named]
    command = [sys.executable, "-m", "benchmarks.plain_tune", str(given.data), str(storage), f"--step={step}", *options]
    wall, text = timed(command)
    found = SAID.search(text)
    assert found is not None, text
    low, mean, high = (float(word) for word in found.groups()[2:])
    return Ran(wall, int(found[1]), int(found[2]), (low, mean, high))


def iterations_for(given: argparse.Namespace, folder: Path) -> int:
    """How many iterations make the shortest trial a little longer than it is to be."""
    first = {"iterations": FIRST, "report_every": FIRST, "label_fractions": "1.0", "seeds": 1}
    ran = by_s4mcl(argparse.Namespace(**{**vars(given), **first}), folder / "first")
    return max(REPORTS, REPORTS * round(1.1 * given.seconds / ran.spread[0] * FIRST / REPORTS))


def compared(given: argparse.Namespace, folder: Path) -> list[Row]:
    """The arms in turn, as often as asked."""
    if given.iterations is None:
        given.iterations = iterations_for(given, folder)
    given.report_every = given.report_every or -(-given.iterations // REPORTS)
    mine: list[Ran] = []
    theirs: dict[str, list[Ran]] = {step: [] for step in ARMS}
    for number in range(given.repeats):
        mine.append(by_s4mcl(given, folder / f"ours{number}"))
        for step, runs in theirs.items():
            runs.append(by_tune(given, folder / f"tune-{step}{number}", step))
    for ran in (*mine, *(run for runs in theirs.values() for run in runs)):
        assert (ran.trials, ran.iterations) == (len(table(given)), len(table(given)) * given.iterations), ran
    ours, spread = [ran.wall for ran in mine], mine[0].spread
    what = (
        f"study of {len(table(given))} trials of {spread[0]:.0f} to {spread[2]:.0f} s ({given.iterations} iterations, "
        f"{given.size}x{given.size}, width {given.width}, {given.methods}), 2 workers, against plain Ray Tune around"
    )
    rows = []
    for step, (name, least) in ARMS.items():
        row = times_as_fast(f"{what} {name}", [ran.wall for ran in theirs[step]], ours, "s", least)
        rows.append(row if spread[0] >= 60 else uncounted(row, "trials under 60 s"))
    return rows


def main() -> None:
    """Command line."""
    words = parser(__doc__ or "")
    words.set_defaults(methods="s2mcl,s4mcl", label_fractions="0.1,0.3,1.0", iterations=None, report_every=None)
    words.add_argument("--data", type=Path)
    words.add_argument("--seconds", type=float, default=60.0, help="of the shortest trial")
    words.add_argument("--repeats", type=int, default=1)
    words.add_argument("--short", action="store_true")
    given = words.parse_args()
    if given.short:
        given.size, given.width, given.seconds = 32, 4, 5.0
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        if given.data is None:
            given.data = Path(folder) / "phantom"
            timed([str(Path(sys.executable).with_name("s4mcl")), "data", "phantom", str(given.data)])
        rows = compared(given, Path(folder))
    print_table(rows, " ".join(["benchmarks.whole_study", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
