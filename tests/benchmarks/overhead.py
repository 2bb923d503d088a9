"""What the platform costs: a stub trial under Ray, a long trial against its loop alone, a worker's memory.

    PYTHONPATH=tests python -m benchmarks.overhead DATA [--stubs 1000] [--iterations 3000] [--parts stubs,long,memory]

DATA is a prepared dataset of 128x128 images. Prints one Markdown table with commit and hardware. Needs a machine that
is otherwise idle, Linux, and memory for one worker.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from benchmarks.measured_table import Row, print_table
from s4mcl.config import compose_study
from s4mcl.execution.inspection import inspect
from s4mcl.stages.keying import resolved_hyperparameters, settings_of
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.numerics import numeric_profile
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.trial import Trial

ONE = ("seeds=1", "label_fractions=[0.2]", "search.trials=0", "cluster.num_cpus=1", "methods=[s4mcl]")
LONG = (*ONE, "image_size=64", "width=8", "test=locked")


def stubs(data: Path, storage: Path, given: argparse.Namespace) -> list[Row]:
    """Milliseconds a stub trial, from the first report to the last."""
    words = (
        "methods=[stub]",
        f"seeds={given.stubs}",
        "label_fractions=[1.0]",
        "search.trials=0",
        "budget.iterations=1",
    )
    study(data, storage, *words, "cluster.num_cpus=2")
    count, first, last = asked(storage, "select count(*), min(at), max(at) from reports")
    each = 1000 * seconds_between(first, last) / (count - 1)
    return [(f"stub trial, {count} of them, 2 workers", f"{each:.1f} ms", "60 ms")]


def long(data: Path, storage: Path, given: argparse.Namespace) -> list[Row]:
    """A long trial under the platform against the same loop in this process."""
    words = (*LONG, f"budget.iterations={given.iterations}")
    alone = loop_alone(data, storage / "alone", *words)
    study(data, storage, *words)
    worker, begun, ended = asked(storage, "select seconds, started_at, finished_at from trials")
    wall = seconds_between(begun, ended)
    what = f"s4mcl, 64x64, width 8, {given.iterations} iterations"
    return [
        (f"{what}, loop alone", f"{alone:.1f} s", ""),
        (f"{what}, in a worker", f"{worker:.1f} s, {100 * (worker / alone - 1):+.1f} %", ""),
        (
            f"{what}, claim to finish, worker's start included",
            f"{wall:.1f} s, {100 * (wall / alone - 1):+.1f} %",
            "5 %",
        ),
    ]


def memory(data: Path, storage: Path, _given: argparse.Namespace) -> list[Row]:
    """Peak resident memory of a worker at 128x128, default widths, batch 10 + 10."""
    words = (*ONE, "image_size=128", "budget.iterations=6", "budget.report_every=3")
    peak = study(data, storage, *words)
    return [("worker's peak memory, s4mcl, 128x128, default widths, batch 10+10", f"{peak / 1024:.0f} MiB", "2048 MiB")]


def study(data: Path, storage: Path, *words: str) -> int:
    """Run a study; the peak resident memory in KiB of the greediest of its workers."""
    program = str(Path(sys.executable).with_name("s4mcl"))
    command = [program, "run", "--no-report", "name=study", f"data.path={data}", f"storage={storage}", *words]
    peak = 0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            peak = max([peak, *(peak_memory(pid) for pid in workers_of(process.pid))])
            time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return peak


def loop_alone(data: Path, folder: Path, *words: str) -> float:
    """Seconds that the training loop takes in this process, building the networks included, imports not."""
    config = compose_study(["name=study", f"data.path={data}", *words])
    inspected = inspect(config)
    profile = numeric_profile(precision=config.precision, gpus=0, cpus=1)
    hyperparameters = resolved_hyperparameters("s4mcl", {})
    assignment = Assignment(
        trial=Trial("s4mcl", config.label_fractions[0], 0, settings_of(config), hyperparameters),
        key="0" * 64,
        attempt=1,
        folder=folder,
        dataset=inspected.dataset.path,
        partition=inspected.spec,
        profile=profile,
        device="cpu",
        test=False,
    )
    import torch

    torch.set_num_threads(1)
    begun = time.perf_counter()
    training = start_training(assignment)
    while training.advance() is None:
        pass
    return time.perf_counter() - begun


def asked(storage: Path, question: str) -> tuple[object, ...]:
    """One row of the ledger."""
    with sqlite3.connect(storage / "ledger.sqlite") as connection:
        row: tuple[object, ...] = connection.execute(question).fetchone()
        return row


def seconds_between(first: object, last: object) -> float:
    """From one of the ledger's moments to another."""
    return (datetime.fromisoformat(str(last)) - datetime.fromisoformat(str(first))).total_seconds()


def workers_of(driver: int) -> list[int]:
    """The processes below the driver that train."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(folder.name)] = (folder / "cmdline").read_text()
        except (OSError, ValueError):
            continue
    train = ("ray::PackTrainable", "ray::s4mcl")  # between two steps, and in one
    return [pid for pid, name in names.items() if name.startswith(train) and parents.get(parents[pid]) == driver]


def peak_memory(pid: int) -> int:
    """Peak resident memory in KiB; 0 when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


PARTS: dict[str, Callable[[Path, Path, argparse.Namespace], list[Row]]] = {
    "stubs": stubs,
    "long": long,
    "memory": memory,
}


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--stubs", type=int, default=1000)
    parser.add_argument("--iterations", type=int, default=3000)
    parser.add_argument("--parts", default=",".join(PARTS))
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    rows: list[Row] = []
    for part in given.parts.split(","):
        with tempfile.TemporaryDirectory() as storage:
            rows += PARTS[part](given.data.absolute(), Path(storage), given)
    print_table(rows, "benchmarks.overhead")


if __name__ == "__main__":
    run()
