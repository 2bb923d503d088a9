"""s4mcl plan: what a study would train, before anything starts."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from s4mcl.plan import StudyPlan


def plan(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE...", help="The words that s4mcl run would be given.", show_default=False),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Show what s4mcl run would train: by stage, method and label fraction, with the time that it would take.

    Trials that the ledger of the storage holds are not trained again. Numbers are exact where the configurations are
    known, and the most that there can be where a search has yet to find them. Times come from trials that were
    trained in the same storage. Nothing is written; works for a study that has begun, too.
    """
    from s4mcl.config import compose_study
    from s4mcl.plan import plan_study

    found = plan_study(compose_study(overrides or []))
    if json_output:
        typer.echo(json.dumps(found.to_dict(), indent=2))
    elif sys.stdout.isatty():
        _show(found)
    else:
        typer.echo(found.to_text())


def _show(found: "StudyPlan") -> None:
    """A table where the terminal is wide enough for one, plain text where it is not."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from s4mcl.plan.study_plan import COLUMNS

    title = Text(f"{found.study}: what s4mcl run would do")
    table = Table(title=title, title_justify="left", show_footer=True, box=SIMPLE_HEAD)
    for place, (name, footer) in enumerate(zip(COLUMNS, found.total_cells(), strict=True)):
        table.add_column(name, footer=Text(footer), justify="right" if place >= 3 else "left", no_wrap=True)
    for row in found.rows:
        table.add_row(*(Text(cell) for cell in row.cells()))
    console = Console()
    if console.measure(table, options=console.options.update(width=1000)).maximum > console.width:
        typer.echo(found.to_text())
        return
    console.print(table)
    for sentence in found.sentences():
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
