"""STUDY_DIR: a study's folder, <storage>/<name>, as the command line takes it."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError

SHOWN = 20


@dataclass(frozen=True)
class StudyDirectory:
    """A study that the ledger of its storage holds. Both paths are absolute."""

    path: Path
    storage: Path
    name: str


def find_study(study_dir: Path | str) -> StudyDirectory:
    """The storage and the name of a study folder, after making sure that the ledger holds it.

    Raises:
        InputError: the storage or its ledger does not exist, or the ledger holds no study of this name.
    """
    path = Path(os.path.abspath(study_dir))  # noqa: PTH100  # a link to a study folder must keep its own parent
    storage, name = path.parent, path.name
    if path.is_file():
        raise InputError(f"{path} is a file.\nCure: name a study folder, as <storage>/<name>")
    if not storage.is_dir():
        raise InputError(f"{path} does not exist, nor does {storage}.\nCure: name a study folder, as <storage>/<name>")
    with Ledger.open(storage, create=False) as ledger:
        known = ledger.studies()
    if name not in known:
        raise InputError(f"{storage} holds no study {name!r}: {_known(name, known)}")
    return StudyDirectory(path, storage, name)


def _known(name: str, known: list[str]) -> str:
    """What there is instead, the nearest name first to be seen."""
    if not known:
        return "its ledger holds none yet.\nCure: begin one with: s4mcl run storage=... name=..."
    listed = ", ".join(known[:SHOWN]) + (f" and {len(known) - SHOWN} more" if len(known) > SHOWN else "")
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    cure = f"did you mean {near[0]}?" if near else "name one of these"
    return f"it holds {listed}.\nCure: {cure}"
