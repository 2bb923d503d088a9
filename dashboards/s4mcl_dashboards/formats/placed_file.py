"""A file that appears whole or not at all, and replaces only one of its own kind."""

import os
import tempfile
from pathlib import Path

from s4mcl_trainables.problems import InputError


def place_file(target: Path, content: bytes, magic: bytes, kind: str) -> Path:
    """Write `content` under a temporary name and rename it to `target`; return it.

    Args:
        magic: how such a file begins; a file that begins otherwise is not replaced.
        kind: what such a file is called.

    Raises:
        InputError: it cannot be written, or something else stands there.
    """
    try:
        _refuse_other(target, magic, kind)
        _replace(target, content)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror}\nCure: give --output a file in a folder you may write to"
        ) from error
    return target


def _refuse_other(target: Path, magic: bytes, kind: str) -> None:
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    if not target.is_file():
        return
    with target.open("rb") as file:
        start = file.read(len(magic))
    if start and start.lower() != magic.lower():
        raise InputError(
            f"{target} exists and is no {kind} file, so it is not replaced.\n"
            "Cure: remove it, or name another file with --output"
        )


def _replace(target: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)  # mkstemp makes files that nobody else may read
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
