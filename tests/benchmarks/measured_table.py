"""What a benchmark prints: commit and hardware, then a Markdown table of what was measured."""

import json
import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from s4mcl.execution.provenance import provenance
from s4mcl_trainables.numerics import numeric_profile

ROWS = "S4MCL_BENCHMARK_ROWS"  # names the file that rows are told to as well, for `make bench`


class Row(NamedTuple):
    """What was measured, what was asked of it, and whether it was reached; None where nobody asked, or nobody knows."""

    what: str
    measured: str
    asked: str = ""
    reached: bool | None = None


def times_as_fast(what: str, slow: Sequence[float], fast: Sequence[float], unit: str, least: float) -> Row:
    """A row of paired runs: the median of their ratios, their range, and the medians of both."""
    ratios = [one / other for one, other in zip(slow, fast, strict=True)]
    ratio, both = statistics.median(ratios), f"{middle(slow)} and {middle(fast)} {unit}"
    spread = f"{min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} pairs; " if len(ratios) > 1 else ""
    return Row(what, f"{ratio:.2f} times as fast ({spread}{both})", f"at least {least:g} times", ratio >= least)


def uncounted(row: Row, why: str) -> Row:
    """A row of a short form: what it measured says whether it works, not how fast it is."""
    return row._replace(what=f"(short form: {why}) {row.what}", reached=None)


def middle(found: Sequence[float]) -> str:
    """A median with three digits."""
    return f"{float(f'{statistics.median(found):.3g}'):,g}"


def print_table(rows: Iterable[Sequence[str]], program: str) -> None:
    """Print the rows of a benchmark program under the commit and the machine that they were measured with."""
    told = [Row(*row) for row in rows]
    print(f"\n{table(told, program)}")
    if ROWS in os.environ:
        Path(os.environ[ROWS]).write_text("".join(f"{json.dumps(row)}\n" for row in told), encoding="utf-8")


def told_rows(path: Path) -> list[Row]:
    """The rows that a benchmark has told."""
    return [Row(*json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def table(rows: Iterable[Sequence[str]], program: str) -> str:
    """The rows of a benchmark program under the commit and the machine that they were measured with."""
    made_by = provenance(numeric_profile(precision="auto", gpus=0, cpus=1), [program])
    head = (
        f"commit {made_by['commit']}, {json.dumps(made_by['machine'])}",
        "",
        "| what | measured | asked |",
        "|---|---|---|",
    )
    return "\n".join([*head, *(f"| {' | '.join(row[:3])} |" for row in rows)])
