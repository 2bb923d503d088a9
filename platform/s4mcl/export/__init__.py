"""A study for other programs: tables as Parquet or CSV, an Optuna file, networks, or a storage of its own."""

from s4mcl.export.study_export import FORMATS, export_study

__all__ = ["FORMATS", "export_study"]
