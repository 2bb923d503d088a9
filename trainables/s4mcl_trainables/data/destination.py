"""A folder that is either there whole or not there: filled beside its place, then renamed."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.whole_file import FULL


@contextmanager
def fresh_folder(path: Path) -> Iterator[Path]:
    """Give a new hidden folder beside `path`; at the end rename it to `path`.

    Whatever ends the block otherwise, Ctrl-C included, takes the hidden folder away, and `path` never exists in part.
    An empty folder at `path` is replaced.

    Raises:
        InputError: `path` is a file or holds something; it cannot be written; the disk is full.
    """
    path = path.absolute()
    _refuse_taken(path)
    made = _missing_parents(path)
    partial = path.parent / f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.partial"
    done = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
        yield partial
        with contextlib.suppress(FileNotFoundError):
            path.rmdir()
        partial.rename(path)
        done = True
    except OSError as error:
        raise InputError(_reason(path, error)) from error
    finally:
        if not done:
            shutil.rmtree(partial, ignore_errors=True)
            for parent in made:
                with contextlib.suppress(OSError):
                    parent.rmdir()


def _refuse_taken(path: Path) -> None:
    cure = "Cure: name a folder that does not exist yet"
    try:
        if path.is_dir():
            if any(path.iterdir()):
                raise InputError(f"{path} exists and is not empty; nothing was written.\n{cure}")
        elif path.exists() or path.is_symlink():
            raise InputError(f"{path} is a file; a new folder is expected.\n{cure}")
    except OSError as error:
        raise InputError(_reason(path, error)) from error


def _missing_parents(path: Path) -> list[Path]:
    """The folders above `path` that do not exist, the deepest first."""
    return [parent for parent in path.parents if not parent.exists()]


def _reason(path: Path, error: OSError) -> str:
    text = error.strerror or str(error)
    if error.errno in FULL:
        cure = f"make room on the disk of {path.parent}, or choose another one"
        with contextlib.suppress(OSError):
            text += f", {shutil.disk_usage(_existing(path)).free / 2**20:.0f} MiB are free"
    elif isinstance(error, (PermissionError, NotADirectoryError, FileExistsError)) or error.errno == errno.EROFS:
        cure = "name a folder below one that you may write to"
    else:
        cure = "see to the disk, or choose another folder"
    return f"{path} cannot be written: {text}; nothing was left behind.\nCure: {cure}"


def _existing(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.is_dir())
