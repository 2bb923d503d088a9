"""s4mcl dashboard: the live app over the studies of a storage."""

from pathlib import Path
from typing import Annotated

import typer


def dashboard(
    storage: Annotated[
        Path, typer.Argument(metavar="STORAGE", help="The folder of the studies, or of one, STORAGE/NAME.")
    ],
    host: Annotated[str, typer.Option("--host", help="What to listen on; others than this machine need the token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="0: any free one.", show_default="the next free one from 8050"),
    ] = None,
    token: Annotated[bool, typer.Option("--token", help="Ask for a token on this machine too, if others use it.")] = (
        False
    ),
) -> None:
    """Show studies in a browser while they run, until Ctrl-C.

    Nothing is changed but by the buttons that stop a trial or a study.
    """
    from s4mcl_dashboards.app.serving import serving

    app = serving(storage, host=host, port=port, asks_token=token)
    for note in app.notes:
        typer.echo(note, err=True)
    typer.echo(app.url)
    try:
        app.run()  # Ctrl-C makes it return
    finally:
        app.close()
    typer.echo("ended", err=True)
