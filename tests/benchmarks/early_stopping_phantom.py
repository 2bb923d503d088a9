"""ASHA with TPE against random search at the full budget, once, in real S4MCL training on the phantom.

    python tests/benchmarks/early_stopping_phantom.py [--trials 24] [--more 72]

Two studies by the command line in storages of their own, both of the search stage alone; two workers. Iterations are
counted as in early_stopping.py: in the order of the proposals, until one is complete that has the score that random
search ended with.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from early_stopping import Rows, best_of, spent_until

import s4mcl
from s4mcl.execution.provenance import git_commit

PROGRAM = str(Path(sys.executable).with_name("s4mcl"))
WORDS = (
    "methods=[s4mcl]",
    "label_fractions=[0.1]",
    "search.label_fractions=[0.1]",
    "seeds=1",
    "image_size=48",
    "width=8",
    "budget.iterations=162",
    "budget.report_every=6",
    "test=locked",
    "cluster.num_cpus=2",
)
RANDOM = ("search.sampler=random",)
ASHA = ("search.sampler=tpe", *(f"search.early_stopping.{word}" for word in ("kind=asha", "grace=6", "reduction=3")))


def searched(phantom: Path, storage: Path, *words: str) -> tuple[Rows, float]:
    """Iterations, score and state of each proposal in the order of their numbers, and the seconds of the study."""
    begun = time.monotonic()
    where = (f"name={storage.name}", f"data.path={phantom}", f"storage={storage}")
    subprocess.run([PROGRAM, "run", "--no-report", *where, *WORDS, *words], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begun
    with s4mcl.open(storage / storage.name) as results:
        found = results.proposals().select("stage", "number", "iterations", "score", "state")
    own = found.filter(found["stage"] == "search").sort("number")
    return [(spent or 0, score, state) for spent, score, state in own[["iterations", "score", "state"]].rows()], seconds


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=24, help="of random search, each to its end")
    parser.add_argument("--more", type=int, default=72, help="proposals of ASHA with TPE at most")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        subprocess.run([PROGRAM, "data", "phantom", str(folder / "phantom")], check=True, stdout=subprocess.DEVNULL)
        full, full_seconds = searched(folder / "phantom", folder / "random", *RANDOM, f"search.trials={given.trials}")
        early, early_seconds = searched(folder / "phantom", folder / "asha", *ASHA, f"search.trials={given.more}")
    best, asha_best = best_of(full), best_of(early)
    spent, whole = spent_until(early, best), sum(each[0] for each in full)
    print(f"commit {git_commit()}, {os.cpu_count()} cores, {platform.machine()}\n")
    print("| | random, full budget | ASHA with TPE |")
    print("|---|---|---|")
    print(f"| proposals (completed) | {len(full)} ({completed(full)}) | {len(early)} ({completed(early)}) |")
    print(f"| best validation score | {best:.4f} | {asha_best:.4f} |")
    print(f"| iterations in all | {whole} | {sum(each[0] for each in early)} |")
    share = "not reached" if spent is None else f"{spent} ({spent / whole:.2f} of random's)"
    print(f"| iterations until random's best is reached | {spent_until(full, best)} | {share} |")
    print(f"| seconds of the study | {full_seconds:.0f} | {early_seconds:.0f} |")


def completed(rows: Rows) -> int:
    """How many proposals were trained to their end."""
    return sum(state == "completed" for _, _, state in rows)


if __name__ == "__main__":
    run()
