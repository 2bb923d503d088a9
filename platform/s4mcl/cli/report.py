"""s4mcl report: the self-contained page of a study."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    study_dir: Annotated[Path, typer.Argument(metavar="STUDY_DIR", help="The study's folder, STORAGE/NAME.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to write the page.", show_default="STUDY_DIR/report.html")
    ] = None,
) -> None:
    """Write the report of a study as one HTML file that works offline."""
    from s4mcl_dashboards.report import write_report

    typer.echo(str(write_report(study_dir, output)))
