"""How long an ask takes, for every sampler, with many finished proposals in one group of S4MCL's search space.

    python tests/benchmarks/ask_time.py [--finished 1000,5000] [--asks 200] [--samplers tpe,random,...]

Proposals are made up: drawn at random and scored by a smooth function, 65 % completed, 30 % pruned, 5 % failed; 16 are
under way. Prints one Markdown table with commit and hardware: wall time, and the process's own time beside it, which
other work on the machine disturbs less.
"""

import argparse
import json
import math
import os
import random
import statistics
import time
from typing import Any

from s4mcl.config import compose_study, fixed_hyperparameters, search_space
from s4mcl.execution.provenance import provenance
from s4mcl.search import Outcome, Proposal, Proposer, sampler_named, sampler_names
from s4mcl_trainables.numerics import numeric_profile

CONCURRENCY = 16
METHOD = "s4mcl"
MOST = {1000: 100, 5000: 300}
"""Milliseconds that the 95th percentile of an ask may take with TPE, by finished proposals."""


def proposer(sampler: str, total: int, objectives: int) -> Proposer:
    """A group of S4MCL's default space."""
    config = compose_study(["name=study", "data.path=nowhere", f"methods=[{METHOD}]"])
    return Proposer(
        search_space(config, METHOD),
        fixed_hyperparameters(config, METHOD),
        sampler=sampler,
        study_seed=0,
        group=f"search/{METHOD}/0.2",
        total=total,
        concurrency=CONCURRENCY,
        objectives=objectives,
    )


def outcome(proposal: Proposal, chance: random.Random) -> Outcome:
    """What came of a proposal, by its learning rate, its transforms and chance."""
    values = proposal.hyperparameters
    score = 0.8 - abs(math.log10(values["generator_lr"]) + 3.5) / 10 + len(values["transforms"]) / 100
    score += chance.gauss(0, 0.02)
    lot = chance.random()
    if lot < 0.05:
        return Outcome("failed", None)
    if lot < 0.35:
        return Outcome("pruned", score, intermediate={100: score - 0.1, 200: score})
    return Outcome("completed", score, objectives=(score + chance.gauss(0, 0.05), score), iterations=1000)


def measured(sampler: str, finished: int, asks: int, objectives: int) -> tuple[float, list[float], list[float]]:
    """Seconds to rebuild the group and ask once; for each ask after that, an outcome told before it: wall, process."""
    chance = random.Random(0)
    drawn = proposer("random", finished, objectives)
    rows: list[tuple[Proposal, Outcome | None]] = []
    for number in range(finished):
        proposal = drawn.ask()
        ended = outcome(proposal, chance)
        drawn.tell(number, ended)
        rows.append((proposal, ended))
    one = proposer(sampler, finished + CONCURRENCY + asks, objectives)
    begun = time.perf_counter()
    one.restore(rows)
    one.ask()
    rebuilt = time.perf_counter() - begun
    while one.ready():
        one.ask()
    wall, process = [], []
    for _ in range(asks):
        first = one.pending[0]
        one.tell(first.number, outcome(first, chance))
        begun, used = time.perf_counter(), time.process_time()
        one.ask()
        wall.append(time.perf_counter() - begun)
        process.append(time.process_time() - used)
    return rebuilt, wall, process


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def row(sampler: str, finished: int, asks: int, objectives: int) -> tuple[Any, ...]:
    """One line of the table."""
    rebuilt, wall, process = measured(sampler, finished, asks, objectives)
    bound = f"{MOST[finished]} ms" if sampler == "tpe" and finished in MOST else ""
    times = [f"{1000 * found:.1f} ms" for found in (statistics.median(wall), p95(wall), max(wall), p95(process))]
    kind = sampler_named(sampler)
    shown = f"{kind.best} + {kind.last}" if kind.best + kind.last else "none"
    return sampler, "2" if objectives > 1 else "1", finished, shown, len(wall), f"{rebuilt:.2f} s", *times, bound


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--finished", default="1000,5000")
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--samplers", default=",".join(sampler_names()))
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    made_by = provenance(numeric_profile(precision="auto", gpus=0, cpus=1), ["ask_time.py"])
    print(f"commit {made_by['commit']}, {json.dumps(made_by['machine'])}\n")
    columns = (
        "sampler | objectives | finished | shown: best + last | asks | rebuilt | median | p95 | max | p95, process"
    )
    print(f"| {columns} | p95 at most |\n|{'---|' * 11}")
    for sampler in given.samplers.split(","):
        for objectives in (1, 2) if sampler_named(sampler).several_objectives else (1,):
            for finished in map(int, given.finished.split(",")):
                asks = min(10, given.asks) if sampler == "gp" else given.asks
                print(f"| {' | '.join(map(str, row(sampler, finished, asks, objectives)))} |", flush=True)


if __name__ == "__main__":
    run()
