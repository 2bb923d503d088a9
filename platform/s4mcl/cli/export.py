"""s4mcl export: a study for other programs."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    study_dir: Annotated[Path, typer.Argument(help="The study's folder, <storage>/<name>.")],
    destination: Annotated[Path, typer.Argument(metavar="DST", help="The folder to write to; made if it is missing.")],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="parquet, csv, optuna or study; may be given several times, study alone.",
            show_default="parquet",
        ),
    ] = None,
) -> None:
    """Write a study as tables, for optuna-dashboard, or as a storage of its own.

    parquet, csv: trials, attempts, reports, proposals, arms and events. In CSV a text that begins with = + - or @ has
    an apostrophe before it, so that no spreadsheet runs it as a formula; numbers stay numbers.

    optuna: optuna.sqlite, one Optuna study a group, read only; for optuna.load_study, and for
    optuna-dashboard sqlite:///DST/optuna.sqlite

    study: DST becomes a storage that holds this study alone, with its trials' files; it may be moved.
    """
    from s4mcl.export import export_study
    from s4mcl.study_directory import find_study

    study = find_study(study_dir)
    for path in export_study(study.storage, study.name, destination, formats or ["parquet"]):
        typer.echo(path)
