"""A study's tables as Parquet files."""

from collections.abc import Mapping

import polars as pl

from s4mcl.export.staged_files import StagedFiles


def write_parquet(tables: Mapping[str, pl.DataFrame], files: StagedFiles) -> None:
    """One file <table>.parquet a table; types, lists and times stay as they are."""
    for name, table in tables.items():
        with files.file(f"{name}.parquet") as file:  # a path given to Polars could be read as a URL
            table.write_parquet(file)
