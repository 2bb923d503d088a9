"""ASHA with TPE against random search at the full budget, on the published stub curves, in virtual time.

    python tests/benchmarks/early_stopping.py [--repetitions 20] [--trials 81]

Random search trains every proposal to its end. Of ASHA with TPE the iterations are counted until a completed proposal
has the score that random search ended with. Both are the platform's own engine; workers are simulated.
"""

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "platform/execution")]
os.environ["S4MCL_METHODS"] = "curves=curves_method"

from stub_study import engine_of, stub_config  # noqa: E402
from virtual_cluster import VirtualCluster  # noqa: E402

from s4mcl.execution.provenance import git_commit  # noqa: E402
from s4mcl.ledger import Ledger  # noqa: E402

FULL = 81
SPACE = tuple(f"space.curves.x{axis}={{kind:float,low:0.0,high:1.0}}" for axis in range(6))
WORDS = (
    "methods=[curves]",
    "label_fractions=[0.2]",
    "search.label_fractions=[0.2]",
    "seeds=1",
    f"budget.iterations={FULL}",
    "budget.report_every=1",
    "cluster.concurrency=4",
    "test=locked",
    *SPACE,
)


@dataclass(frozen=True)
class Repetition:
    """What one repetition gave; `spent` is None where the score was not reached."""

    best: float
    random_iterations: int
    best_of_asha: float
    spent: int | None
    asha_iterations: int


Rows = list[tuple[int, float | None, str]]  # iterations, score and state of each proposal, in the order of numbers


def searched(folder: Path, seed: int, *words: str) -> Rows:
    """Iterations, score and state of each proposal, in the order of their numbers."""
    config = stub_config(*WORDS, f"search.seed={seed}", *words)
    with Ledger.open(folder) as ledger:
        VirtualCluster(engine_of(config, ledger), lambda _member: 1.0, seed).run()
        return [(found.iterations or 0, found.score, found.state) for found in ledger.proposals("demo", "search")]


def repetition(folder: Path, seed: int, trials: int, more: int) -> Repetition:
    """One seed of both."""
    full = searched(folder / "random", seed, "search.sampler=random", f"search.trials={trials}")
    early = searched(
        folder / "asha",
        seed,
        "search.sampler=tpe",
        f"search.trials={more}",
        "search.early_stopping.kind=asha",
        "search.early_stopping.grace=1",
    )
    best = best_of(full)
    spent = sum(each[0] for each in early)
    return Repetition(best, sum(each[0] for each in full), best_of(early), spent_until(early, best), spent)


def best_of(rows: Rows) -> float:
    """The best score of a completed proposal."""
    return max(score for _, score, state in rows if state == "completed" and score is not None)


def spent_until(rows: Rows, target: float) -> int | None:
    """Iterations of the proposals up to the first completed one that has the target; None where none has."""
    spent = 0
    for iterations, score, state in rows:
        spent += iterations
        if state == "completed" and score is not None and score >= target:
            return spent
    return None


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--trials", type=int, default=81, help="of random search, each to its end")
    parser.add_argument("--more", type=int, default=243, help="proposals of ASHA with TPE at most")
    given = parser.parse_args()
    found = []
    print(f"commit {git_commit()}\n")
    print("| seed | random: best | its iterations | ASHA with TPE: iterations to reach it | share | best in the end |")
    print("|---|---|---|---|---|---|")
    for seed in range(given.repetitions):
        with tempfile.TemporaryDirectory() as folder:
            each = repetition(Path(folder), seed, given.trials, given.more)
        found.append(each)
        share = "not reached" if each.spent is None else f"{each.spent / each.random_iterations:.2f}"
        print(
            f"| {seed} | {each.best:.4f} | {each.random_iterations} | {each.spent or '-'} | {share} "
            f"| {each.best_of_asha:.4f} |",
            flush=True,
        )
    shares = [float("inf") if each.spent is None else each.spent / each.random_iterations for each in found]
    print(f"\nmedian share of random search's iterations: {statistics.median(shares):.3f} (asked: 0.333 at most)")
    print(f"not reached: {sum(each.spent is None for each in found)} of {len(found)}")


if __name__ == "__main__":
    run()
