"""What may go of one trial's folder."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from s4mcl.clean.cleaning import Removal
from s4mcl.clean.trial_needs import TrialNeeds
from s4mcl.trial_files import BEST, LAST, is_plain, is_temporary, newest_with_checkpoint

STALE_SECONDS = 3600  # a file that has been half-written for so long will not become whole


def file_system_time(storage: Path) -> float:
    """The time by which the storage's files are dated, in seconds: a file server's, where it lies on one."""
    try:
        with tempfile.TemporaryFile(dir=storage) as file:
            return os.fstat(file.fileno()).st_mtime
    except OSError:  # nothing may be written, or fits: what is removed may still be shown
        return time.time()


def removable(storage: Path, folder: Path, needs: TrialNeeds, at: float) -> Iterator[Removal]:
    """What the retention rule lets go of STORAGE/trials/<key> now; links are neither followed nor removed."""
    if needs.held:
        return
    kept = kept_attempt(storage, folder, needs)
    for attempt in sorted(folder.iterdir()):
        if attempt.is_symlink() or not attempt.is_dir() or not attempt.name.isdecimal():
            continue
        if attempt == kept:
            yield from _of_kept(storage, attempt, needs, at)
        elif needs.predictions is not None and needs.predictions.is_relative_to(relative(storage, attempt)):
            names = (path for path in sorted(attempt.iterdir()) if relative(storage, path) != needs.predictions)
            yield from (removal(storage, path, "attempt") for path in names if not path.is_symlink())
        else:
            yield removal(storage, attempt, "attempt" if needs.goes_on or kept is not None else "last")


def kept_attempt(storage: Path, folder: Path, needs: TrialNeeds) -> Path | None:
    """The attempt whose files count; None where nothing of the trial is needed any more."""
    if needs.artifacts is not None:
        return storage / needs.artifacts
    return newest_with_checkpoint(folder, needs.attempt) if needs.goes_on else None


def half_written(storage: Path, folder: Path, at: float) -> Iterator[Removal]:
    """Half-written files of a folder that nobody can be writing any more at that `file_system_time`."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if is_plain(path) and is_temporary(path.name) and at - path.stat().st_mtime > STALE_SECONDS:
            yield removal(storage, path, "temporary")


def removal(storage: Path, path: Path, rule: str) -> Removal:
    """A removal with the bytes of the file, or of all files under the folder."""
    return Removal(relative(storage, path), rule, _bytes(path))


def relative(storage: Path, path: Path) -> PurePosixPath:
    """The path as the ledger would name it."""
    return PurePosixPath(path.relative_to(storage))


def _of_kept(storage: Path, attempt: Path, needs: TrialNeeds, at: float) -> Iterator[Removal]:
    if not needs.goes_on:
        gone = {**dict.fromkeys(LAST, "last"), **({} if needs.best else {BEST: "best"})}
        paths = [(attempt / name, rule) for name, rule in gone.items()]
        yield from (removal(storage, path, rule) for path, rule in paths if is_plain(path))
    yield from half_written(storage, attempt, at)


def _bytes(path: Path) -> int:
    if not path.is_dir():
        return path.lstat().st_size
    walked = os.walk(path, followlinks=False)
    return sum((Path(folder) / name).lstat().st_size for folder, _, names in walked for name in names)
