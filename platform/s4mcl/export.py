"""A study's trials and reports as Parquet files."""

import os
from pathlib import Path

import polars as pl

from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError

TRIALS = "trials.parquet"
REPORTS = "reports.parquet"


def export_study(storage: Path, study: str, destination: Path) -> tuple[Path, ...]:
    """Write trials.parquet and reports.parquet into a folder, both or none; return their paths.

    The folder is made if it is missing; files of these names in it are replaced.

    Raises:
        InputError: the ledger cannot be read, or the folder is a file or cannot be written.
    """
    if destination.exists() and not destination.is_dir():
        raise InputError(f"{destination} is a file.\nCure: name a folder to write {TRIALS} and {REPORTS} into")
    with Ledger.open(storage, create=False) as ledger, ledger.snapshot():
        frames = {TRIALS: ledger.trials_frame(study), REPORTS: ledger.reports_frame(study)}
    try:
        return write_frames(frames, destination)
    except (OSError, pl.exceptions.PolarsError) as error:
        cure = "give this user write permission on the folder, make room on the disk, or choose another folder"
        raise InputError(f"{destination} cannot be written: {error}.\nCure: {cure}") from error


def write_frames(frames: dict[str, pl.DataFrame], destination: Path) -> tuple[Path, ...]:
    """Write frames as Parquet files, under temporary names until all of them are on the disk."""
    made = not destination.exists()
    destination.mkdir(parents=True, exist_ok=True)
    parts = {destination / f".{name}.{os.getpid()}": destination / name for name in frames}
    try:
        for part, frame in zip(parts, frames.values(), strict=True):
            with part.open("wb") as file:  # a path given to Polars could be read as a URL
                frame.write_parquet(file)
                file.flush()
                os.fsync(file.fileno())
        for part, final in parts.items():
            part.replace(final)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
        if made and not any(destination.iterdir()):
            destination.rmdir()
    return tuple(parts.values())
