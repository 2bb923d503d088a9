"""The report of `s4mcl data check` as tables on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from s4mcl_trainables.data.check import CheckReport, Finding
from s4mcl_trainables.problems import SHOWN


def print_report(report: CheckReport, console: Console | None = None) -> None:
    """Print counts and findings; file and class names are never read as markup."""
    console = console or Console()
    console.print(_heading(report), soft_wrap=True)
    console.print(_class_table(report))
    console.print(_count_table(report))
    for finding in report.findings:
        console.print(_finding(finding), soft_wrap=True)
    if not report.findings:
        console.print("nothing to look at was found")


def _heading(report: CheckReport) -> Text:
    lines = [
        f"{report.name}: {report.images} images of {report.size}x{report.size}, {report.dtype}",
        f"fingerprint {report.fingerprint} (recomputed)",
    ]
    return Text("\n".join(lines))


def _class_table(report: CheckReport) -> Table:
    table = Table("class")
    for column in ("images", "with mask", "empty mask", "full mask"):
        table.add_column(column, justify="right")
    for name, counts in report.classes.items():
        table.add_row(Text(name), *(str(value) for value in counts.values()))
    return table


def _count_table(report: CheckReport) -> Table:
    table = Table("count", "of")
    table.add_column("images", justify="right")
    for heading, counts in (("mask", report.masks), ("group", report.groups), ("split", report.splits)):
        for name, value in counts.items():
            table.add_row(heading, name.replace("_", " "), str(value))
    return table


def _finding(finding: Finding) -> Text:
    """One finding with its first images or clusters, and how many more there are."""
    parts = (
        [", ".join(ids) for ids in finding.ids]
        if len(finding.ids) > 1
        else [name for ids in finding.ids for name in ids]
    )
    rest = len(parts) - SHOWN
    lines = [f"look at: {finding.text}", *(f"  - {part}" for part in parts[:SHOWN])]
    if rest > 0:
        lines.append(f"  ... and {rest} more")
    return Text("\n".join(lines))
