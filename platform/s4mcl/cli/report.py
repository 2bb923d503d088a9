"""s4mcl report: the self-contained page of a study, or of several, and other formats of it."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    study_dirs: Annotated[
        list[Path], typer.Argument(metavar="STUDY_DIR...", help="A study's folder, STORAGE/NAME; or several.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="PATH", help="Where to write it.", show_default="report.html in STUDY_DIR"),
    ] = None,
    kind: Annotated[str, typer.Option("--format", metavar="FORMAT", help="See above.")] = "html",
    without_images: Annotated[
        bool, typer.Option("--without-images", help="Leave out every image of a patient, and what was drawn on it.")
    ] = False,
) -> None:
    """Write the report of a study, or of several side by side.

    html: one file that works offline.
    """
    from s4mcl_dashboards.report import write_report

    typer.echo(str(write_report(study_dirs, output, kind, images=not without_images)))
