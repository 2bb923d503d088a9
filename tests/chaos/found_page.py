"""What a test that takes minutes has found, as a page of Markdown."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from s4mcl.execution.provenance import git_commit


def found_page(command: str, rows: Iterable[tuple[str, str]], faults: Sequence[str]) -> str:
    """Day, commit and machine, the command, a table, and the faults."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, commit {git_commit() or 'unknown'}. {os.cpu_count()} cores, "
        f"{platform.machine()}.",
        "",
        f"    {command}",
        "",
        "| what | found |",
        "|---|---|",
        *(f"| {what} | {found} |" for what, found in rows),
        "",
        *(f"- {fault}" for fault in faults),
    ]
    return "\n".join(lines)
