"""What a benchmark prints: commit and hardware, then a Markdown table of what was measured."""

import json
from collections.abc import Iterable

from s4mcl.execution.provenance import provenance
from s4mcl_trainables.numerics import numeric_profile

Row = tuple[str, str, str]  # what, measured, at most


def print_table(rows: Iterable[Row], program: str) -> None:
    """Print the rows of a benchmark program under the commit and the machine that they were measured with."""
    print(f"\n{table(rows, program)}")


def table(rows: Iterable[Row], program: str) -> str:
    """The rows of a benchmark program under the commit and the machine that they were measured with."""
    made_by = provenance(numeric_profile(precision="auto", gpus=0, cpus=1), [program])
    head = (
        f"commit {made_by['commit']}, {json.dumps(made_by['machine'])}",
        "",
        "| what | measured | at most |",
        "|---|---|---|",
    )
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)])
