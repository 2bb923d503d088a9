"""A storage that holds one study alone, and may be moved elsewhere."""

import os
import shutil
from pathlib import Path

from s4mcl.config import from_yaml, to_yaml
from s4mcl.execution.study_folder import CONFIG
from s4mcl.export.study_files import copy_files, study_files
from s4mcl.export.study_rows import copy_rows, row_bytes
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError

MARGIN = 1.05  # of the bytes that were counted: folders, and what grows meanwhile
LEDGER_BYTES = 1 << 20  # of a ledger without rows


def write_study_storage(ledger: Ledger, study: str, destination: Path) -> Path:
    """Make `destination` a storage with this study, whole or not at all; return the study's folder in it.

    The ledger is read in one state, also while the study runs. What the test labels were read for by other studies
    is not in the new ledger's openings, so an event of kind "exported" says it.

    Raises:
        InputError: the destination holds something, lies inside of the storage, or the disk has too little room.
        OSError: it cannot be written.
    """
    target = destination.absolute()
    refuse_place(ledger.storage, target)
    missing = [path for path in target.parents if not path.exists()]
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(ledger, study, beside)
        beside.replace(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        for path in missing:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        raise
    return target / study


def refuse_place(storage: Path, target: Path) -> None:
    """Raise `InputError` where no storage can be made: only a folder that is new or empty, outside of the storage."""
    if target.resolve().is_relative_to(storage.resolve()):
        raise InputError(f"{target} lies inside of the storage {storage}.\nCure: name a folder outside of it")
    if target.is_symlink() or (target.exists() and any(target.iterdir())):
        raise InputError(f"{target} holds something already.\nCure: name a folder that is new or empty")


def _write(ledger: Ledger, study: str, folder: Path) -> None:
    with ledger.snapshot():
        files = study_files(ledger, study)
        _refuse_full(folder.parent, int(sum(file.bytes for file in files) * MARGIN) + row_bytes(ledger, study))
        with Ledger.open(folder) as copy:
            copy_rows(ledger, study, copy)
            others = ledger.test_openings_by_study(study)
            others.pop(study, None)
            copy.record_event(study, "exported", _told(others), {"test_openings_by_others": others})
        copy_files(ledger.storage, files, folder)
        (folder / study).mkdir(exist_ok=True)
        if (ledger.study(study) or {}).get("config", {}).get("ledger") is not None:
            _forget_address(folder / study / CONFIG)


def _refuse_full(folder: Path, wanted: int) -> None:
    needed, free = wanted + LEDGER_BYTES, shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(
            f"{folder} has {free / 1e6:.1f} MB of free space, {needed / 1e6:.1f} MB are needed.\n"
            "Cure: make room, choose another disk, or run s4mcl clean on the study first"
        )


def _told(others: dict[str, int]) -> str:
    if not others:
        return "exported from its storage"
    told = ", ".join(f"{count} by {name}" for name, count in others.items())
    return f"exported from its storage, where the same test labels were also read by other studies: {told}"


def _forget_address(config: Path) -> None:
    """Take the address of a ledger elsewhere out of the study's configuration: this storage has its own."""
    if config.is_file():
        found = from_yaml(config.read_text(encoding="utf-8"), where=str(config))
        config.write_text(to_yaml(found.model_copy(update={"ledger": None})), encoding="utf-8")
