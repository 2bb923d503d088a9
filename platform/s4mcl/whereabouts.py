"""What a path on the command line or in a notebook means: a storage, or one study of it."""

import os
from dataclasses import dataclass
from pathlib import Path

from s4mcl.ledger.sqlite import FILE_NAME
from s4mcl.ledger.storage import URL_NAME
from s4mcl.study_directory import find_study
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class Whereabouts:
    """An absolute storage folder, and the name of a study in it (None: all of its studies)."""

    storage: Path
    study: str | None


def find_whereabouts(path: Path | str) -> Whereabouts:
    """A storage where the folder holds a ledger, else a study folder, <storage>/<name>.

    Raises:
        InputError: it is neither, or the ledger does not know the study.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  # a link to a study folder must keep its own parent
    if any((absolute / name).exists() for name in (FILE_NAME, URL_NAME)):
        return Whereabouts(absolute, None)
    if absolute.is_dir() and not any((absolute.parent / name).exists() for name in (FILE_NAME, URL_NAME)):
        raise InputError(
            f"{absolute} is neither a storage nor a study folder: no ledger lies in it or beside it.\n"
            "Cure: name a storage, or a study folder as <storage>/<name>"
        )
    study = find_study(absolute)
    return Whereabouts(study.storage, study.name)
