"""The files of one study: its folder, and what its trials refer to."""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import select

from s4mcl.execution.lock import FILE_NAME as LOCK
from s4mcl.ledger import Ledger
from s4mcl.ledger.schema import planned, trials
from s4mcl.trial_files import BEST, LAST, TRIALS, is_plain, is_temporary, newest_with_checkpoint


@dataclass(frozen=True)
class Copied:
    """A file of the storage, its path relative to it, and its bytes."""

    path: PurePosixPath
    bytes: int


def study_files(ledger: Ledger, study: str) -> list[Copied]:
    """What must go along with a study, each file once: what is missing is left out, links are not followed.

    Of the study's folder everything but its lock and half-written files; of a completed trial the folder that the
    ledger names and its predictions; of one that may still go on, its newest checkpoint.
    """
    storage = ledger.storage
    found = dict.fromkeys(_study_dir(storage, study))
    t = trials.c
    own = select(planned.c.trial_id).where(planned.c.study == study)
    with ledger.connection() as connection:
        rows = connection.execute(
            select(t.key, t.state, t.attempt, t.artifacts, t.predictions).where(t.id.in_(own), t.attempt > 0)
        ).all()
    for row in rows:
        if row.state == "completed":
            named = [row.artifacts or f"{TRIALS}/{row.key}/{row.attempt}", row.predictions]
            found |= {path: None for name in named if name for path in _files(storage / name)}
        else:
            found |= dict.fromkeys(_newest_checkpoint(storage / TRIALS / row.key, row.attempt))
    sizes = ((path, _size(path)) for path in found)
    return [Copied(PurePosixPath(path.relative_to(storage)), size) for path, size in sizes if size is not None]


def copy_files(storage: Path, files: Sequence[Copied], target: Path) -> None:
    """Copy files of a storage into another folder, each on the disk when it is there.

    A checkpoint that its driver has removed meanwhile is passed over.
    """
    for file in files:
        path = target / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with (storage / file.path).open("rb") as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
        except FileNotFoundError:
            path.unlink(missing_ok=True)


def _size(path: Path) -> int | None:
    """Bytes of a file; None for one that a driver has removed meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _study_dir(storage: Path, study: str) -> Iterator[Path]:
    return (path for path in _files(storage / study) if path != storage / study / LOCK)


def _newest_checkpoint(folder: Path, attempt: int) -> list[Path]:
    """The checkpoints that a later attempt goes on from."""
    newest = newest_with_checkpoint(folder, attempt)
    paths = [] if newest is None else [newest / name for name in (BEST, *LAST)]
    return [path for path in paths if is_plain(path)]


def _files(path: Path) -> Iterator[Path]:
    """A file itself, or all regular files under a folder, except temporary ones and what links point to."""
    if path.is_symlink() and not path.is_dir():
        return
    if path.is_file():
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in sorted(names):
            found = Path(folder) / name
            if is_plain(found) and not is_temporary(name):
                yield found
