"""The tables that the report shows, as CSV or Parquet files."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from s4mcl.export.csv_files import write_csv
from s4mcl.export.parquet_files import write_parquet
from s4mcl.export.staged_files import StagedFiles
from s4mcl.results.importance import shares_frame
from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.placed_folder import placed_folder
from s4mcl_dashboards.frames.plane import plane_frame
from s4mcl_dashboards.frames.table import table_frame
from s4mcl_dashboards.material import Material

CSV, PARQUET = "report-csv", "report-parquet"
OF_STUDY: dict[str, Callable[[Material], pl.DataFrame]] = {
    "label_fractions": lambda material: material.effect.with_columns(part=pl.lit(material.part)),
    "table_1": lambda material: table_frame(material.effect),
    "fractions_by_task": lambda material: plane_frame(material.trials, material.part),
    "comparisons": lambda material: material.findings.comparisons,
    "claim": lambda material: material.findings.claim,
    "label_savings": lambda material: material.findings.savings,
    "ablation": lambda material: material.findings.ablation,
    "importance": lambda material: shares_frame(material.findings.importance),
    "warnings": lambda material: material.findings.warnings,
    "trials": lambda material: material.trials,
}


def report_tables(studies: Mapping[str, Material]) -> dict[str, pl.DataFrame]:
    """Each table of the report, the studies one below the other, told apart by the column `study`.

    label_fractions: the mean of each method, label fraction and metric with its interval, what it is over, and the
    values of the seeds; table_1: the same, a row a label fraction and method, beside the paper's; fractions_by_task:
    accuracy and Dice where classes and masks have shares of their own; comparisons, claim, label_savings, ablation,
    importance and warnings: as `Results` of `s4mcl.open` gives them; trials: all, with their hyperparameters,
    validation and test values. A column that one study lacks is null there.
    """
    return {
        name: pl.concat([_named(study, make(material)) for study, material in studies.items()], how="diagonal")
        for name, make in OF_STUDY.items()
    }


def _named(study: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.lit(study, pl.String).alias("study"), pl.all())


def write_csv_tables(asked: Asked) -> Path:
    """Write a folder of CSV files. In a text that begins like a formula an apostrophe stands first.

    Raises:
        InputError: a study cannot be read, or the folder cannot be written.
    """
    return _write(asked, CSV, write_csv)


def write_parquet_tables(asked: Asked) -> Path:
    """Write a folder of Parquet files, with all types as they are.

    Raises:
        InputError: a study cannot be read, or the folder cannot be written.
    """
    return _write(asked, PARQUET, write_parquet)


def _write(asked: Asked, name: str, write: Callable[[Mapping[str, pl.DataFrame], StagedFiles], None]) -> Path:
    target = asked.target(name)
    asked.need_trials()
    tables = report_tables(dict(zip(asked.studies, asked.materials(), strict=True)))
    with placed_folder(target) as folder, StagedFiles(folder) as files:
        write(tables, files)
    return target
