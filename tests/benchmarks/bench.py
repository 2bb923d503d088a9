"""Every benchmark that this machine can run, one after another, into one table: what `make bench` starts.

    PYTHONPATH=tests python -m benchmarks.bench [--only step,start] [--without whole-study] [--short] [--write PAGE]
        [--baseline ../shared/baseline_step.py]

The page is docs/results/benchmarks-<date>-<hardware>.md; that of a part (--only, --without) or of the short form lies
in the system's temporary folder, unless --write names another. It is written anew after every benchmark, so that what
an interrupted run has measured is there. What needs a CUDA GPU stands in it as "not yet measured" where there is none.
Exit status 0: all that was measured has reached what is asked; 1: something missed it, or failed; 130: Ctrl-C.
Nothing else should run on the machine meanwhile. `--short` says whether everything works, in minutes; its figures
count for nothing.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measured_table import ROWS, Row, told_rows
from s4mcl.execution.provenance import provenance, shell_line
from s4mcl_trainables.numerics import numeric_profile

ROOT = Path(__file__).parents[2]
UNMEASURED, FAILED = "not yet measured", "failed"


@dataclass(frozen=True)
class Benchmark:
    """A program of this folder that tells rows.

    Attributes:
        name: what --only calls it.
        module: the file, without its ending.
        words: its command line; {baseline} stands for the place of baseline_step.py.
        short: what is added to that in the short form.
        gpu: whether it needs a CUDA GPU.
        asked: what it will measure, and what is asked of that; shown where it was not measured.
    """

    name: str
    module: str
    words: tuple[str, ...]
    short: tuple[str, ...]
    asked: tuple[tuple[str, str], ...]
    gpu: bool = False


STEP = "training step of S4MCL against baseline_step.py, 128x128, 10 + 10 images, width 16"
BENCHMARKS = (
    Benchmark("start", "start", (), ("--trials=2000", "--runs=3"), (("`s4mcl --help`, `s4mcl status`", "0.3 s, 1 s"),)),
    Benchmark(
        "step",
        "step",
        ("{baseline}", "--pairs=5"),
        ("--pairs=1", "--steps=3", "--size=64", "--width=8"),
        ((f"{STEP}, 2 threads", "at least 2 times, no more memory"),),
    ),
    Benchmark(
        "batches",
        "batch_gathering",
        (),
        ("--pairs=1", "--batches=5", "--size=32"),
        (
            (
                "batches of 10 + 10 images, gathered and transformed, against a DataLoader with MONAI",
                "at least 20 times",
            ),
        ),
    ),
    Benchmark(
        "milliseconds",
        "millisecond_trials",
        (),
        ("--trials=50", "--sample=4", "--pairs=1"),
        (("1,000 trials of a millisecond, against Tune's function trainables", "at least 30 times"),),
    ),
    Benchmark(
        "preparation",
        "preparation",
        (),
        ("--images=3000",),
        (("100,000 images prepared, against one Pillow thread", "at least 1.8 times, under 1024 MiB"),),
    ),
    Benchmark(
        "whole-study",
        "whole_study",
        ("--baseline={baseline}",),
        ("--short",),
        (("study against plain Ray Tune around our step, and the plain one", "at least 1.1 times, 2 times"),),
    ),
    Benchmark(
        "step-cuda",
        "step",
        ("{baseline}", "--device=cuda", "--pairs=5", "--steps=100"),
        ("--pairs=1", "--steps=3"),
        ((f"{STEP}, on a CUDA GPU", "at least 4 times"),),
        gpu=True,
    ),
    Benchmark(
        "packed-cpu",
        "packing",
        ("--members=2", "--steps=5"),
        ("--pairs=1", "--steps=2", "--size=32", "--width=4"),
        (("2 trials as one program on one thread, against one after another", ""),),
    ),
    Benchmark(
        "packed",
        "packing",
        ("--device=cuda", "--members=8"),
        ("--steps=3",),
        (("8 members packed on a CUDA GPU, against one after another: trials an hour", "at least 4 times"),),
        gpu=True,
    ),
    Benchmark(
        "shared-gpu",
        "packing",
        ("--device=cuda", "--members=16", "--against=processes"),
        ("--steps=3",),
        (("16 trials on one CUDA GPU, against 16 processes that share it", "at least 2 times"),),
        gpu=True,
    ),
)


@dataclass
class Page:
    """What was measured so far."""

    path: Path
    command: str
    short: bool = False
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    lines: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    missed: int = 0

    def add(self, benchmark: Benchmark, command: str, rows: Iterable[Row], took: str) -> None:
        """Note the rows of a benchmark, and write the page."""
        for row in rows:
            verdict = {True: "reached", False: "**missed**", None: ""}[row.reached]
            self.missed += row.reached is False
            self.lines.append(f"| {benchmark.name} | {' | '.join((*row[:3], verdict))} |")
        self.commands += [f"{benchmark.name}{took}", "", f"    {command}", ""]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """The page in Markdown."""
        by = provenance(numeric_profile(precision="auto", gpus=float(cuda_gpu() is not None), cpus=1), [])
        machine = {**by["machine"], "gpu": cuda_gpu() or "none"}
        versions = ", ".join(f"{name} {by['versions'][name]}" for name in ("torch", "ray", "optuna"))
        head = [
            f"# Benchmarks{', short form: the figures count for nothing' if self.short else ''}, {self.began:%Y-%m-%d}",
            "",
            f"    {self.command}",
            "",
            f"commit {by['commit']}, {json.dumps(machine)}, Python {by['python']}, {versions}",
            "",
            "Ratios are medians of paired runs, ours and the other in turn in one go. "
            f"Processes that others ran in the minute before: {self.load:.1f} on average.",
            "",
            "| benchmark | what | measured | asked | |",
            "|---|---|---|---|---|",
        ]
        return "\n".join([*head, *self.lines, "", "## Commands", "", *self.commands])


def cuda_gpu() -> str | None:
    """The name of the first CUDA GPU; None where there is none."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return next(iter(done.stdout.splitlines()), "").strip() or None


def hardware() -> str:
    """A few words on the machine, fit for a file name."""
    by = provenance(numeric_profile(precision="auto", gpus=0, cpus=1), [])["machine"]
    words = cuda_gpu() or f"{by['cores']}-cores {re.sub(r'[(][^)]*[)]|@.*|CPU|Processor', ' ', by['processor'])}"
    return "-".join(re.findall(r"[a-z0-9]+", words.lower()))


def chosen(only: str | None, without: str | None) -> list[Benchmark]:
    """The benchmarks that are wanted.

    Raises:
        SystemExit: a name is unknown.
    """
    named = [name for text in (only, without) if text for name in text.split(",")]
    known = [each.name for each in BENCHMARKS]
    if unknown := [name for name in named if name not in known]:
        raise SystemExit(f"unknown benchmark {', '.join(unknown)}; known are {', '.join(known)}")
    wanted = only.split(",") if only else known
    left_out = without.split(",") if without else []
    return [each for each in BENCHMARKS if each.name in wanted and each.name not in left_out]


def measured(benchmark: Benchmark, words: Sequence[str]) -> list[Row]:
    """Run a benchmark in a process of its own; its rows, or one that says how it failed."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        environment = {**os.environ, ROWS: str(rows), "PYTHONPATH": str(ROOT / "tests")}
        command = [sys.executable, "-m", f"benchmarks.{benchmark.module}", *words]
        status = subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode
        if status == 0 and rows.is_file():
            return told_rows(rows)
    return [Row(what, f"{FAILED}, exit status {status}", asked, reached=False) for what, asked in benchmark.asked]


def run(benchmarks: Iterable[Benchmark], page: Page, baseline: Path) -> None:
    """Fill the page."""
    gpu = cuda_gpu() is not None
    for benchmark in benchmarks:
        can = (gpu or not benchmark.gpu) and (Path(__file__).parent / f"{benchmark.module}.py").is_file()
        words = [word.format(baseline=baseline) for word in benchmark.words]
        words += benchmark.short if page.short and can else ()
        command = shell_line(["PYTHONPATH=tests", "python", "-m", f"benchmarks.{benchmark.module}", *words])
        if not can:
            page.add(benchmark, command, [Row(what, UNMEASURED, asked) for what, asked in benchmark.asked], "")
            continue
        print(f"\n== {benchmark.name}: {command}", flush=True)
        began = time.monotonic()
        found = measured(benchmark, words)
        if page.short:
            found = [row if FAILED in row.measured else row._replace(reached=None) for row in found]
        page.add(benchmark, command, found, f", {time.monotonic() - began:.0f} s")


def main() -> int:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--only", help="names, a comma between two")
    words.add_argument("--without", help="names, a comma between two")
    words.add_argument("--short", action="store_true")
    words.add_argument("--write", type=Path, metavar="PAGE")
    words.add_argument("--baseline", type=Path, default=Path("../shared/baseline_step.py"))
    given = words.parse_args()
    options = sys.argv[1:]
    whole = not (given.only or given.without or given.short)
    folder = ROOT / "docs/results" if whole else Path(tempfile.gettempdir())
    name = f"benchmarks-{datetime.now(UTC):%Y-%m-%d}-{hardware()}.md"
    command = shell_line(["make", "bench", *([f"BENCH={shell_line(options)}"] if options else [])])
    page = Page(given.write or folder / name, command, given.short)
    status = 0
    try:
        run(chosen(given.only, given.without), page, given.baseline)
    except KeyboardInterrupt:
        status = 130
    print(f"\n{page.text()}\n{page.path}")
    return status or int(page.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
