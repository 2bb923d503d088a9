"""The S4MCL training step against the plain one of baseline_step.py, in turns, each run in a process of its own.

    PYTHONPATH=tests python -m benchmarks.step ../shared/baseline_step.py [--size 128] [--threads 2] [--device cpu]

prints a table: the median of the ratios of neighbours, and the medians of all runs. Nothing else should run.
`--ours` is one run of our step in this process, in the words of baseline_step.py.
"""

import argparse
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured_table import Row, print_table, times_as_fast
from s4mcl_trainables.numerics import numeric_profile
from shapes_dataset import write_shapes

if TYPE_CHECKING:
    from s4mcl_trainables.methods.learner import Learner
    from s4mcl_trainables.training.batches import Batches

SAID = re.compile(r"([\d.]+) ms a step .*, peak memory (\d+) MiB")
LABELLED = 35  # of 700 images, as in baseline_step.py


def trials(given: argparse.Namespace, count: int) -> "list[tuple[Learner, Batches]]":
    """Learners of S4MCL with the preset's hyperparameters, seeds from 0, and what they draw; threads are set."""
    import numpy as np
    import torch

    from s4mcl_trainables.data.dataset import open_dataset
    from s4mcl_trainables.data.resident import Resident
    from s4mcl_trainables.heap import keep_heap
    from s4mcl_trainables.methods.learner import Problem
    from s4mcl_trainables.methods.s4mcl import PAPER, build
    from s4mcl_trainables.training.batches import Batches

    torch.set_num_threads(given.threads)
    keep_heap()  # as in a worker
    device = torch.device(given.device)
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset(write_shapes(Path(folder) / "data", images=700, size=given.size))
        resident = Resident(dataset, given.size, device)
    precision = given.precision
    if precision == "auto":
        gpus = 0 if given.device == "cpu" else 1
        precision = numeric_profile(precision="auto", gpus=gpus, cpus=given.threads).precision
    problem = Problem(
        classes=2,
        structures=1,
        width=given.width,
        depth=4,
        iterations=1000,
        seed=0,
        device=device,
        precision=getattr(torch, precision),
    )
    rows = np.arange(700)
    sizes = {"batch_labelled": given.batch, "batch_unlabelled": given.batch}
    return [
        (
            build(replace(problem, seed=seed), PAPER),
            Batches(resident, rows[:LABELLED], rows[LABELLED:], **sizes, seed=seed),
        )
        for seed in range(count)
    ]


def ours(given: argparse.Namespace) -> str:
    """The median milliseconds of a step, batches drawn and transformed in it."""
    import torch

    ((learner, batches),) = trials(given, 1)
    times = []
    for index in range(given.steps + 3):
        start = time.perf_counter()
        learner.step(batches.draw(), index, 1.0)
        if given.device != "cpu":
            torch.cuda.synchronize()
        if index >= 3:
            times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{1000 * statistics.median(times):.1f} ms a step (median of {len(times)}), peak memory {peak:.0f} MiB"


def where(given: argparse.Namespace) -> str:
    """On what both ran."""
    if given.device == "cpu":
        return f"{given.threads} threads"
    import torch

    return str(torch.cuda.get_device_name(given.device))


def said(command: list[str]) -> tuple[float, float]:
    """Milliseconds and MiB of one run."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = SAID.search(done.stdout)
    assert found is not None, done.stdout
    return float(found[1]), float(found[2])


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("baseline", type=Path, nargs="?", help="baseline_step.py")
    shape = {"size": 128, "batch": 10, "width": 16, "steps": 20, "threads": 2}
    for name, value in shape.items():
        words.add_argument(f"--{name}", type=int, default=value)
    words.add_argument("--device", default="cpu")
    words.add_argument("--precision", default="auto", help="of ours: auto, float32 or bfloat16")
    words.add_argument("--pairs", type=int, default=3)
    words.add_argument("--ours", action="store_true")
    given = words.parse_args()
    if given.ours:
        print(ours(given))
        return
    if given.baseline is None:
        words.error("name baseline_step.py")
    options = [f"--{name}={getattr(given, name)}" for name in shape] + [f"--device={given.device}"]
    mine = [sys.executable, "-m", "benchmarks.step", "--ours", f"--precision={given.precision}", *options]
    plain, fast = [], []
    for _ in range(given.pairs):
        plain.append(said([sys.executable, str(given.baseline), *options]))
        fast.append(said(mine))
    shape = f"{given.size}x{given.size}, {given.batch} + {given.batch} images, width {given.width}"
    what = f"training step of S4MCL against baseline_step.py, {shape}, {where(given)}"
    slow, quick = ([each[0] for each in runs] for runs in (plain, fast))
    peaks = [max(each[1] for each in runs) for runs in (plain, fast)]
    rows = [times_as_fast(what, slow, quick, "ms a step", 2 if given.device == "cpu" else 4)]
    if given.device == "cpu":
        told = f"{peaks[1]:.0f} MiB, baseline_step.py {peaks[0]:.0f} MiB"
        rows.append(Row("its peak memory", told, "no more", peaks[1] <= peaks[0]))
    print_table(rows, " ".join(["benchmarks.step", *options, f"--precision={given.precision}"]))


if __name__ == "__main__":
    main()
