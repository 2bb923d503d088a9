"""s4mcl stop: end a study that runs, or one of its trials."""

from pathlib import Path
from typing import Annotated

import typer


def stop(
    study_dir: Annotated[Path, typer.Argument(help="The study's folder, <storage>/<name>.")],
    trial: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="Stop this trial alone; the first characters of its key are enough.", show_default=False
        ),
    ] = None,
) -> None:
    """Ask whoever runs a study to end it in order, or to give up one of its trials.

    A study ends as on Ctrl-C, and the same s4mcl run goes on with it. A trial counts as failed, and its proposal too;
    it is not trained again unless s4mcl run --retry-stopped asks for it, or another study wants it.

    Exit status: 0 asked, 2 nothing to stop.
    """
    from s4mcl.stop_study import ask_to_stop
    from s4mcl.study_directory import find_study

    study = find_study(study_dir)
    typer.echo(ask_to_stop(study, trial))
