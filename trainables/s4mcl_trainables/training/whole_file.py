"""Files that are whole or not there, and what becomes of them when the disk is full. Torch is not imported here."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from s4mcl_trainables.processes import process_start

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SPARE = 1.5  # a file needs its own size, and others write meanwhile


class NoSpace(OSError):
    """The disk is full, or would be.

    Attributes:
        folder: where.
        needed: bytes that should be free before the file is written.
        free: bytes that were.
    """

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        text = f"No space left on device: {folder} has {free / 2**20:.1f} MiB free, {needed / 2**20:.1f} MiB are needed"
        super().__init__(errno.ENOSPC, text)
        self.folder, self.needed, self.free = folder, needed, free

    def __str__(self) -> str:
        return str(self.strerror)


class Writer:
    """What a whole file is written through. It keeps the disk's own error, which a library may hide behind another."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.error: OSError | None = None

    def write(self, data: bytes | memoryview) -> int:
        """Append `data`."""
        try:
            return self.file.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        """Nothing: the whole file is flushed at its end."""


@contextmanager
def whole_file(path: Path, size: int) -> Iterator[Writer]:
    """Write about `size` bytes so that `path` holds either the old file or the whole new one, whatever dies when.

    Raises:
        NoSpace: less than 1.5 times `size` was free, or the disk filled up; the old file is as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with room(path.parent, int(size * SPARE)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as file:
                writer = Writer(file)
                try:
                    yield writer
                except Exception:
                    if writer.error is not None:
                        raise writer.error from None
                    raise
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)


@contextmanager
def room(folder: Path, needed: int) -> Iterator[None]:
    """Where a block writes `needed` bytes, with some to spare, into a folder that may still have to be made.

    Raises:
        NoSpace: too little is free before the block, or the block met a full disk or quota.
    """
    free = free_at(folder)
    if free < needed:
        raise NoSpace(folder, needed, free)
    try:
        yield
    except NoSpace:
        raise
    except OSError as error:
        if error.errno in FULL:
            raise NoSpace(folder, needed, free_at(folder)) from error
        raise


def remove_stale(folder: Path) -> None:
    """Remove half-written files (.NAME.PID) that dead processes left behind. Called before this one writes."""
    for path in folder.glob(".*.*"):
        pid = path.suffix[1:]
        if pid.isdecimal() and (int(pid) == os.getpid() or process_start(int(pid)) is None):
            path.unlink(missing_ok=True)


def free_at(folder: Path) -> int:
    """Bytes free to this user where `folder` is, or will be."""
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free


def _sync_folder(folder: Path) -> None:
    """Make a rename outlast a power cut, so that no trial is called complete whose file is gone."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
