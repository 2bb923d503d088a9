"""s4mcl export: a study for other programs."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from s4mcl.cli.predict import LabelFraction, Method


def export(
    study_dir: Annotated[Path, typer.Argument(metavar="STUDY_DIR", help="The study's folder, <storage>/<name>.")],
    destination: Annotated[Path, typer.Argument(metavar="DST", help="The folder to write to; made if it is missing.")],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="parquet, csv, optuna, onnx, torch or study; may be given several times, study alone.",
            show_default="parquet",
        ),
    ] = None,
    method: Method = None,
    label_fraction: LabelFraction = None,
) -> None:
    """Write a study as tables, for optuna-dashboard, as a network, or as a storage of its own.

    parquet, csv: trials, attempts, reports, proposals, arms and events. In CSV a text that begins with = + - or @ has
    an apostrophe before it, so that no spreadsheet runs it as a formula; numbers stay numbers.

    optuna: optuna.sqlite, one Optuna study a group, read only; for optuna.load_study, and for
    optuna-dashboard sqlite:///DST/optuna.sqlite

    onnx, torch: network.onnx for ONNX Runtime, network.pt2 for torch.export.load: the mean over the networks of all
    seeds, with its preprocessing, and a .json that says how it is used. Each is checked against PyTorch on images of
    the study. onnx needs: pip install 's4mcl[export]'

    study: DST becomes a storage that holds this study alone, with its trials' files; it may be moved.
    """
    from s4mcl.export import export_study
    from s4mcl.study_directory import find_study

    study = find_study(study_dir)
    paths = export_study(
        study.storage,
        study.name,
        destination,
        formats or ["parquet"],
        method=method,
        label_fraction=label_fraction,
        tell=partial(typer.echo, err=True),
    )
    for path in paths:
        typer.echo(path)
