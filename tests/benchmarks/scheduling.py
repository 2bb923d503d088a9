"""What the platform adds to simulated work, from the first report to the last.

    PYTHONPATH=tests python -m benchmarks.scheduling [--parts slots,tpe] [--trials 10000]

slots: trials of one second on 16 logical slots, random sampler, against the ideal.
tpe: 1,000 trials of a millisecond, TPE, milliseconds each.
The driver's peak memory is watched. Torch is not imported by the workers.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measured_table import Row, print_table
from benchmarks.overhead import asked, peak_memory, seconds_between
from shapes_dataset import write_shapes

HERE = Path(__file__).parent
SLOTS = 16
SEARCH = (
    "methods=[curves]",
    "label_fractions=[1.0]",
    "search.label_fractions=[1.0]",
    "seeds=1",
    "budget.iterations=1",
    "test=locked",
    "split=patch",
    "image_size=16",
    "depth=2",
    "width=4",
    *(f"space.curves.x{axis}={{kind:float,low:0.0,high:1.0}}" for axis in range(6)),
)


def slots(data: Path, storage: Path, given: argparse.Namespace) -> list[Row]:
    """Trials of one second on 16 slots."""
    words = (f"search.trials={given.trials}", "search.sampler=random", "hyperparameters.curves.seconds=1")
    peak = study(data, storage, f"cluster.num_cpus={SLOTS}", *words)
    count, first, last = asked(storage, "select count(*), min(at), max(at) from reports")
    ideal = float(str(count)) / SLOTS
    took = seconds_between(first, last) + 1.0  # the first report comes a second after its trial's start
    what = f"{count} trials of 1 s on {SLOTS} slots, random"
    return [
        (what, f"{took:.1f} s, ideal {ideal:.1f} s: {100 * (took / ideal - 1):+.1f} %", "+5 %"),
        (f"{what}: driver's peak memory", f"{peak / 1024:.0f} MiB", "400 MB (asked of the row below)"),
    ]


def tpe(data: Path, storage: Path, _given: argparse.Namespace) -> list[Row]:
    """A thousand trials of a millisecond, TPE."""
    words = ("search.trials=1000", "search.sampler=tpe", "hyperparameters.curves.seconds=0.001")
    peak = study(data, storage, "cluster.num_cpus=2", *words)
    count, first, last = asked(storage, "select count(*), min(at), max(at) from reports")
    each = 1000 * seconds_between(first, last) / (int(str(count)) - 1)
    return [
        (f"{count} trials of 1 ms, TPE, 2 slots", f"{each:.1f} ms each", "40 ms"),
        ("the same: driver's peak memory", f"{peak / 1024:.0f} MiB", "400 MB"),
    ]


def study(data: Path, storage: Path, *words: str) -> int:
    """Run a study; the driver's peak resident memory in KiB."""
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "S4MCL_METHODS": "curves=curves_method", "PYTHONPATH": path}
    program = str(Path(sys.executable).with_name("s4mcl"))
    where = ("name=study", f"data.path={data}", f"storage={storage}")
    command = [program, "run", "--no-report", *where, *SEARCH, *words]
    peak = 0
    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, peak_memory(process.pid))
    if process.returncode not in (0, 1):  # a tenth of the space diverges to NaN, which is status 1
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return peak


PARTS = {"slots": slots, "tpe": tpe}


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--trials", type=int, default=10_000)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    rows: list[Row] = []
    for part in given.parts.split(","):
        with tempfile.TemporaryDirectory() as folder:
            data = write_shapes(Path(folder) / "shapes")
            rows += PARTS[part](data, Path(folder) / "storage", given)
    print_table(rows, "benchmarks.scheduling")


if __name__ == "__main__":
    run()
