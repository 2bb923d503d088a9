"""Files of one folder that appear together or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self


class StagedFiles:
    """Files are written under temporary names; at the end of the block they take their places, after an error none.

    The folder is made if it is missing, its parents too; after an error those that were made are taken away again.
    Files that bear the same names are replaced, others stay.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modes: dict[str, int | None] = {}
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        """Make the folder.

        Raises:
            OSError: it cannot be made.
        """
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            self._made.append(path)
        return self

    @contextmanager
    def file(self, name: str, mode: int | None = None) -> Iterator[BinaryIO]:
        """A file to write, later called `name`, with these permissions; it is on the disk when the block ends."""
        self._modes[name] = mode
        with self._beside(name).open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the files will stand, in the order in which they were written."""
        return tuple(self.folder / name for name in self._modes)

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        """Put the files into their places, or remove all traces of them."""
        try:
            if kind is None:
                self._place()
        finally:
            for name in self._modes:
                self._beside(name).unlink(missing_ok=True)
            for path in reversed(self._made):
                if not any(path.iterdir()):
                    path.rmdir()

    def _place(self) -> None:
        for name, mode in self._modes.items():
            if mode is not None:
                self._beside(name).chmod(mode)
        for name in self._modes:
            self._beside(name).replace(self.folder / name)

    def _beside(self, name: str) -> Path:
        return self.folder / f".{name}.{os.getpid()}"
