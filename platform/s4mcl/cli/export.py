"""s4mcl export: a study's trials and reports as files."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    study_dir: Annotated[Path, typer.Argument(help="The study's folder, <storage>/<name>.")],
    destination: Annotated[Path, typer.Argument(metavar="DST", help="The folder to write to; made if it is missing.")],
) -> None:
    """Write a study's trials.parquet and reports.parquet."""
    from s4mcl.export import export_study
    from s4mcl.study_directory import find_study

    study = find_study(study_dir)
    for path in export_study(study.storage, study.name, destination):
        typer.echo(path)
