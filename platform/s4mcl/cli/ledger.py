"""s4mcl ledger: is it sound?"""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Look after the ledger of a storage.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def ledger() -> None:
    """Keep `check` a command of its own, also while it is the only one."""


@app.command()
def check(
    storage: Annotated[Path, typer.Argument(help="The folder that holds the studies and their ledger.")],
) -> None:
    """Verify all that a ledger promises; exit status 1 when something is wrong, 0 when nothing is."""
    from s4mcl.ledger import Ledger

    with Ledger.open(storage, create=False) as opened:
        found = opened.check()
        studies = len(opened.studies())
    for finding in found:
        typer.echo(f"{finding.family}: {finding.text}")
    if found:
        typer.echo(f"{opened.place}: something is wrong, see above", err=True)
        raise typer.Exit(1)
    typer.echo(f"{opened.place}: sound, {studies} studies")
