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
        typer.Option(
            "--output", metavar="PATH", help="The file or folder to write.", show_default="report.FORMAT in STUDY_DIR"
        ),
    ] = None,
    kind: Annotated[str, typer.Option("--format", metavar="FORMAT", help="One of those above.")] = "html",
    without_images: Annotated[
        bool, typer.Option("--without-images", help="Leave out every image of a patient, and what was drawn on it.")
    ] = False,
) -> None:
    """Write the report of a study, or of several side by side.

    html: one file that works offline. pdf: the same on paper.

    markdown, latex: a folder with all words, tables and figures; pdflatex compiles report.tex.

    csv, parquet: a folder with the tables of the report.

    tensorboard, mlflow: the trials as runs. For mlflow PATH may be a tracking URI, such as http://127.0.0.1:5000

    pdf, markdown and latex need Chromium or Chrome; mlflow needs: pip install 's4mcl[mlflow]'. What a report wrote is
    replaced by the next one; anything else that stands at PATH is not.
    """
    from s4mcl_dashboards.report import written

    typer.echo(written(study_dirs, output, kind, images=not without_images))
