"""What a study of ten thousand cohorts asks of its driver, on 64 logical workers that sleep.

    PYTHONPATH=tests python -m benchmarks.wide_cluster [--minutes 3] [--write PAGE]

A factorial of the stub method, 10 x 10 x 10 x 10 arms, each a cohort of one trial, is planned at once and run by
`s4mcl run` on a local Ray that is told it had 64 CPUs. A trial sleeps ten seconds and reports five times. Without
`--minutes` the study runs to its end, which takes 26 minutes if nothing is lost. Needs Linux and 16 GiB of memory.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import select

from benchmarks.measured_table import Row, table
from chaos.processes import descendants
from s4mcl.ledger import Ledger, schema
from shapes_dataset import write_shapes

SLOTS = 64
LEVELS = tuple(round(step / 10, 1) for step in range(10))
AXES = ("x0", "x1", "x2", "x3")
REPORTS, SECONDS = 5, 10.0  # of a trial
LOOK_SECONDS = 2.0
LIKE_ALL_SECONDS = 100.0  # after the first trial's start, when all workers are there and the memory is looked at
PAGE = """# What a study of ten thousand cohorts asks of its driver, {day}

    PYTHONPATH=tests python -m benchmarks.wide_cluster {words}

64 logical workers, each a process that sleeps its trials' ten seconds in five reports; the arms of a factorial are
planned at once, and `s4mcl run` trains them on a local Ray. A slot is busy while its trial sleeps: the starts of
workers, reports on their way and the ledger's commits count as idle. The driver is one process with all its threads;
Ray's own are others.

{table}
"""
TICKS = os.sysconf("SC_CLK_TCK")
STUDY = (
    "name=wide",
    "methods=[stub]",
    "label_fractions=[1.0]",
    "search.label_fractions=[1.0]",
    "search.trials=0",
    "seeds=1",
    f"budget.iterations={REPORTS}",
    "budget.report_every=1",
    f"hyperparameters.stub.milliseconds={1000 * SECONDS / REPORTS:g}",
    "test=locked",
    "split=patch",
    "image_size=16",
    "depth=2",
    "width=4",
    f"cluster.num_cpus={SLOTS}",
)


@dataclass
class Driver:
    """What a driver's process was seen to use.

    Attributes:
        seen: moment (UTC) and seconds of processor time of all its threads so far, at each look.
        peak: its largest resident memory, in KiB.
        workers: the largest sum of the workers' proportional memory, in KiB.
        begun: when its first trial had begun (0: not yet), as `time.monotonic` tells.
        status: with which it ended.
    """

    seen: list[tuple[datetime, float]] = field(default_factory=list)
    peak: int = 0
    workers: int = 0
    begun: float = 0.0
    status: int = 0

    def look(self, pid: int) -> None:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return
        self.seen.append((datetime.now(UTC), (int(fields[11]) + int(fields[12])) / TICKS))
        self.peak = max([self.peak, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])

    def share(self, first: datetime, last: datetime) -> float:
        """Processor seconds a second between two moments."""
        within = [each for each in self.seen if first <= each[0] <= last]
        (begun, before), (ended, after) = within[0], within[-1]
        return (after - before) / (ended - begun).total_seconds()


def run_study(data: Path, storage: Path, given: argparse.Namespace) -> Driver:
    """Run the study to its end, or for so many minutes after its first trial has begun."""
    levels = f"[{','.join(map(str, LEVELS))}]"
    factors = ",".join(f"{axis}: {levels}" for axis in AXES)
    design = f"ablate.designs.wide={{kind: factorial, method: stub, hyperparameters: {{{factors}}}}}"
    program = str(Path(sys.executable).with_name("s4mcl"))
    where = (f"data.path={data}", f"storage={storage}", "ablate.max_trials=10000")
    command = [program, "run", "--no-report", *STUDY, *where, design]
    driver, until = Driver(), float("inf")
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            time.sleep(LOOK_SECONDS)
            driver.look(process.pid)
            if not driver.begun and attempts_in(storage).height:
                driver.begun = time.monotonic()
                until = driver.begun + (60 * given.minutes or float("inf"))
            if driver.begun and not driver.workers and time.monotonic() > driver.begun + LIKE_ALL_SECONDS:
                driver.workers = workers_memory(process.pid)
            if time.monotonic() > until:
                process.send_signal(signal.SIGINT)
                until = float("inf")
    driver.status = process.returncode
    return driver


def attempts_in(storage: Path) -> pl.DataFrame:
    """The attempts that have begun; none while there is no ledger."""
    if not (storage / "ledger.sqlite").exists():
        return pl.DataFrame()
    with Ledger.open(storage, create=False) as ledger:
        return ledger.attempts_frame("wide").drop_nulls("started_at")


def workers_memory(driver: int) -> int:
    """The memory of all workers below the driver in KiB, what they share counted once."""
    total = 0
    for process in descendants(driver):
        folder = Path(f"/proc/{process.pid}")
        try:
            if (folder / "cmdline").read_bytes().startswith(b"ray::"):
                lines = (folder / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue
    return total


def measured(storage: Path, driver: Driver) -> list[Row]:
    """What the ledger and the looks tell, between the first trial's start and the moment when none waits any more."""
    with Ledger.open(storage, create=False) as ledger:
        attempts, trials = ledger.attempts_frame("wide"), ledger.trials_frame("wide")
        with ledger.connection() as connection:
            reports = pl.DataFrame({"at": connection.scalars(select(schema.reports.c.at)).all()})
    begun = attempts.drop_nulls("started_at")
    first, last = moment(begun["started_at"].min()), moment(attempts["claimed_at"].max())
    full = moment(begun["started_at"].sort()[min(SLOTS, begun.height) - 1])
    wall = (last - first).total_seconds()
    ended = trials.filter(pl.col("state") == "completed").height
    size = sum(path.stat().st_size for path in storage.glob("ledger.sqlite*"))
    cohorts = trials["cohort"].n_unique()
    return [
        ("cohorts planned; trials completed; reports", f"{cohorts:,}; {ended:,}; {reports.height:,}", ""),
        ("from the first trial's start until none waits", f"{wall:.0f} s", ""),
        ("slots busy in that time", f"{100 * busy(reports, first, last):.1f} %", "95 % or more"),
        ("slots busy once all workers are there", f"{100 * busy(reports, full, last):.1f} %", ""),
        ("all workers are there after", f"{(full - first).total_seconds():.0f} s", ""),
        ("driver's processor time, of one core", f"{100 * driver.share(first, last):.0f} %", "100 %"),
        ("the same, a trial", f"{1000 * wall * driver.share(first, last) / max(1, ended):.0f} ms", ""),
        ("driver's peak memory", f"{driver.peak / 1024:.0f} MiB", "1024 MiB"),
        ("the workers' memory together", f"{driver.workers / 2**20:.1f} GiB", ""),
        ("the ledger", f"{size / 2**20:.0f} MiB", ""),
    ]


def busy(reports: pl.DataFrame, first: datetime, last: datetime) -> float:
    """The share of the slots' time in which trials slept: each report tells of the seconds before it."""
    part = SECONDS / REPORTS
    seconds = pl.min_horizontal(pl.col("at"), pl.lit(last)) - pl.max_horizontal(
        pl.col("at") - timedelta(seconds=part), pl.lit(first)
    )
    slept = reports.select(seconds.dt.total_microseconds().clip(lower_bound=0).sum()).item() / 1e6
    return float(slept) / (SLOTS * (last - first).total_seconds())


def moment(value: object) -> datetime:
    """A moment of the ledger."""
    assert isinstance(value, datetime)
    return value


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.0, help="stop so long after the first trial has begun")
    parser.add_argument("--write", type=Path, help="the page to write, beside what is printed")
    parser.add_argument("--storage", type=Path, help="kept; otherwise a temporary folder")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        data, storage = write_shapes(Path(folder) / "shapes"), given.storage or Path(folder) / "storage"
        driver = run_study(data, storage, given)
        if driver.status not in (0, 130):
            raise SystemExit(f"the study ended with {driver.status}")
        rows = measured(storage, driver)
    text = table(rows, "wide_cluster.py")
    print(f"\n{text}")
    if given.write is not None:
        given.write.write_text(PAGE.format(day=f"{datetime.now(UTC):%F}", table=text, words=" ".join(sys.argv[1:])))


if __name__ == "__main__":
    run()
