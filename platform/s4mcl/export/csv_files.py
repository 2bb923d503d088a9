"""A study's tables as CSV files that a spreadsheet opens without running anything."""

import json
from collections.abc import Mapping

import polars as pl

from s4mcl.export.staged_files import StagedFiles

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a text that begins so is a formula to a spreadsheet


def write_csv(tables: Mapping[str, pl.DataFrame], files: StagedFiles) -> None:
    """One UTF-8 file <table>.csv a table; see `as_text` for what a cell holds. A missing value is an empty cell."""
    for name, table in tables.items():
        with files.file(f"{name}.csv") as file:
            as_text(table).write_csv(file, datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z")


def as_text(table: pl.DataFrame) -> pl.DataFrame:
    """The table as CSV can hold it: lists as JSON texts; texts and names of columns that begin like a formula with an
    apostrophe before them, which a spreadsheet hides. Numbers stay numbers.
    """
    listed = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    columns = [_as_json(table[name]) if name in listed else table[name] for name in table.columns]
    frame = pl.DataFrame([_guarded(column) if column.name in texts else column for column in columns])
    return frame.rename({name: f"'{name}" for name in frame.columns if name.startswith(FORMULA)})


def _as_json(column: pl.Series) -> pl.Series:
    """[1.0,2.5] or ["a","b"]; JSON's own text of each list."""
    lists = column.to_list()
    texts = [None if found is None else f"[{','.join(_item(item) for item in found)}]" for found in lists]
    return pl.Series(column.name, texts, pl.String)


def _item(item: float | str | None) -> str:
    return json.dumps(item, ensure_ascii=False)


def _guarded(column: pl.Series) -> pl.Series:
    risky = pl.any_horizontal(pl.first().str.starts_with(sign) for sign in FORMULA)
    guarded = pl.when(risky).then("'" + pl.first()).otherwise(pl.first())
    return column.to_frame().select(guarded.alias(column.name)).to_series()
