"""Several trials as one program, against the same trials one after another or in processes of their own.

    PYTHONPATH=tests python -m benchmarks.packing [--members 8] [--against sequence|processes] [--device cuda]

prints a table: how many times the trials an hour, as the median over neighbouring runs, each in fresh processes. All
train S4MCL by our own step, `step.py`; the processes share one device, as by fractions of a GPU. Nothing else should
run. `--run` is one of the runs in this process: so many trials as one program, timed once a file named `--go` is there.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measured_table import Row, print_table, times_as_fast
from benchmarks.step import trials, where

SAID = re.compile(r"([\d.]+) ms a step")
SHAPE = {"size": 128, "batch": 10, "width": 16, "steps": 20, "threads": 1}
WARM = 3  # steps that are not timed
LEAST = {("cuda", "sequence"): 4.0, ("cuda", "processes"): 2.0}


def run(given: argparse.Namespace) -> str:
    """The median milliseconds of a step of all trials together."""
    import torch

    from s4mcl_trainables.methods.together import Together

    made = trials(given, given.run)
    together, times = Together([learner for learner, _ in made]), []
    for index in range(WARM + given.steps):
        if index == WARM and given.go is not None:
            print("ready", flush=True)
            while not given.go.exists():
                time.sleep(0.01)
        start = time.perf_counter()
        together.step([(batches.draw(), index, 1.0) for _, batches in made])
        if given.device != "cpu":
            torch.cuda.synchronize()
        if index >= WARM:
            times.append(time.perf_counter() - start)
    return f"{1000 * statistics.median(times):.3f} ms a step"


def milliseconds(command: list[str], processes: int) -> float:
    """Of a step of every trial: one process trains them, or each trains a part, all at once."""
    with tempfile.TemporaryDirectory() as folder:
        go = Path(folder) / "go"
        running = [
            subprocess.Popen([*command, f"--go={go}"], stdout=subprocess.PIPE, text=True) for _ in range(processes)
        ]
        for each in running:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        go.touch()
        told = [each.communicate()[0] for each in running]
        assert all(each.returncode == 0 for each in running)
    found = [SAID.search(text) for text in told]
    # Processes that share a device are not equally fast: together they do the sum of their rates.
    return processes / sum(1 / float(match[1]) for match in found if match is not None)


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in SHAPE.items():
        words.add_argument(f"--{name}", type=int, default=value)
    words.add_argument("--members", type=int, default=8)
    words.add_argument("--against", choices=("sequence", "processes"), default="sequence")
    words.add_argument("--device", default="cpu")
    words.add_argument("--precision", default="auto")
    words.add_argument("--pairs", type=int, default=3)
    words.add_argument("--run", type=int)
    words.add_argument("--go", type=Path)
    given = words.parse_args()
    if given.run is not None:
        print(run(given))
        return
    options = [f"--{name}={getattr(given, name)}" for name in (*SHAPE, "device", "precision")]
    one = [sys.executable, "-m", "benchmarks.packing", *options]
    apart, packed = [], []
    for _ in range(given.pairs):
        if given.against == "sequence":
            apart.append(given.members * milliseconds([*one, "--run=1"], 1))
        else:
            apart.append(milliseconds([*one, "--run=1"], given.members))
        packed.append(milliseconds([*one, f"--run={given.members}"], 1))
    others = {"sequence": "one after another", "processes": f"{given.members} processes that share the device"}
    shape = f"{given.size}x{given.size}, {given.batch} + {given.batch} images, width {given.width}"
    what = f"{given.members} trials of S4MCL as one program against {others[given.against]}, {shape}, {where(given)}"
    least = LEAST.get((given.device.partition(":")[0], given.against))
    row = times_as_fast(what, apart, packed, "ms a step of all", least or 1.0)
    print_table([row if least else Row(row.what, row.measured)], " ".join(["benchmarks.packing", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
