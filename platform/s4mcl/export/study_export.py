"""`s4mcl export`: a study in the formats that were asked for, all of them or none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from s4mcl.export.csv_files import write_csv
from s4mcl.export.parquet_files import write_parquet
from s4mcl.export.staged_files import StagedFiles
from s4mcl.export.tables import study_tables
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError

STUDY = "study"
OPTUNA = "optuna"
TABLES: dict[str, Callable[[Mapping[str, pl.DataFrame], StagedFiles], None]] = {
    "parquet": write_parquet,
    "csv": write_csv,
}
NETWORKS = ("onnx", "torch")
FORMATS = (*TABLES, OPTUNA, *NETWORKS, STUDY)


def export_study(
    storage: Path,
    study: str,
    destination: Path,
    formats: Sequence[str] = ("parquet",),
    *,
    method: str | None = None,
    label_fraction: float | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> tuple[Path, ...]:
    """Write a study into a folder in one or several formats, and return the paths.

    Args:
        storage: the storage whose ledger holds the study.
        study: its name.
        destination: a folder; made if it is missing. Files of the names that are written are replaced.
        formats: parquet and csv write trials, attempts, reports, proposals, arms and events; optuna writes
            optuna.sqlite; onnx and torch write a network; study makes the folder a storage of its own, and goes with no
            other format.
        method, label_fraction: whose network, trained with which share of the labels (`choice.chosen_networks`).
        tell: is told which network was written.

    Raises:
        InputError: the ledger cannot be read, a format is unknown, or the folder is a file, cannot be written, or for
            `study` holds something already; a network cannot be exported.
    """
    refuse_formats(formats)
    if not set(formats) & set(NETWORKS) and (method is not None or label_fraction is not None):
        raise InputError(
            "a method and a label fraction choose a network, and no network was asked for.\n"
            f"Cure: leave them out, or give a format of {', '.join(NETWORKS)}"
        )
    if destination.exists() and not destination.is_dir():
        raise InputError(f"{destination} is a file.\nCure: name a folder to write into")
    with Ledger.open(storage, create=False) as ledger, explained(destination):
        if STUDY in formats:
            from s4mcl.export.study_storage import write_study_storage  # noqa: PLC0415

            return (write_study_storage(ledger, study, destination),)
        kinds = [name for name in dict.fromkeys(formats) if name in NETWORKS]
        with StagedFiles(destination) as files, ledger.snapshot():
            _write_tables(ledger, study, files, formats)
            if kinds:
                from s4mcl.export.networks import write_networks  # noqa: PLC0415  # imports torch

                tell(write_networks(ledger, study, files, kinds, method=method, label_fraction=label_fraction))
        return files.paths


def refuse_formats(formats: Sequence[str]) -> None:
    """Raise `InputError` for an unknown format, for none, and for `study` beside others."""
    for name in formats:
        if name not in FORMATS:
            near = get_close_matches(name, FORMATS, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise InputError(f"unknown format {name!r}.\nCure: {hint}known are {', '.join(FORMATS)}")
    if not formats:
        raise InputError(f"no format was given.\nCure: give one or several of {', '.join(FORMATS)}")
    if STUDY in formats and set(formats) != {STUDY}:
        raise InputError(
            "format study makes the destination a storage, which holds no other files.\n"
            "Cure: export the other formats into a folder of their own"
        )


@contextmanager
def explained(destination: Path) -> Iterator[None]:
    """Turn errors of the disk into `InputError`."""
    try:
        yield
    except (OSError, PolarsError) as error:
        cure = "give this user write permission on the folder, make room on the disk, or choose another folder"
        raise InputError(f"{destination} cannot be written: {error}.\nCure: {cure}") from error


def _write_tables(ledger: Ledger, study: str, files: StagedFiles, formats: Sequence[str]) -> None:
    tables = study_tables(ledger, study) if TABLES.keys() & set(formats) else {}
    for name in dict.fromkeys(formats):
        if name == OPTUNA:
            from s4mcl.export.optuna_file import write_optuna  # noqa: PLC0415  # Optuna is slow to import

            write_optuna(ledger, study, files)
        elif name in TABLES:
            TABLES[name](tables, files)
