"""Files of trials that are kept under a URI of pyarrow's: s3://, gs://, file:// of a folder that all nodes see.

A worker trains in a folder of its own node and keeps what it writes there under the URI before it tells anybody of it;
the next attempt, on whatever node, fetches it. Torch is not imported here.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from s4mcl_trainables.training.uri_store import Store, reached
from s4mcl_trainables.training.whole_file import room


class KeptFiles:
    """The folders of a trial's attempts on this node, and what is kept of them.

    Attributes:
        folders: this node's, each ending in KEY/ATTEMPT; the first is written to.
    """

    def __init__(self, uri: str, folders: Sequence[Path]) -> None:
        self.uri, self.folders = uri, folders
        self._known: dict[Path, tuple[int, int]] = {}

    def fetch(self) -> None:
        """Make the folders hold what is kept, and nothing else.

        Raises:
            UnreachableError: the storage does not answer, or refuses.
            NoSpace: this node's disk is full.
        """
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
            at = kept_at(folder)
            for name, size in reached(self.uri, "read", partial(Store.listed, at=at)):
                fetched(self.uri, f"{at}/{name}", folder / name, size)
                self._known[folder / name] = _state(folder / name)

    def keep(self) -> None:
        """Keep what is new in the folders, whole, and remove what was removed.

        Raises:
            UnreachableError: the storage does not answer, or refuses.
        """
        found = {path: _state(path) for folder in self.folders for path in _files(folder)}
        for path, state in found.items():
            if self._known.get(path) != state:
                kept(self.uri, f"{kept_at(path.parent)}/{path.name}", path)
                self._known[path] = state
        for path in [path for path in self._known if path not in found]:
            at = f"{kept_at(path.parent)}/{path.name}"
            reached(self.uri, "written", partial(Store.remove, at=at))
            del self._known[path]

    def leave(self) -> None:
        """Remove the folders from this node."""
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # not there, or not empty: another attempt's
                folder.parent.rmdir()


def fetched(uri: str, at: str, path: Path, size: int = 0) -> bool:
    """Copy what is kept at a place below the URI to `path`, whole or not at all; False where nothing is.

    Raises:
        UnreachableError: the storage does not answer, or refuses.
        NoSpace: this node's disk is full.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with room(path.parent, size):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            there = reached(uri, "read", partial(Store.read, at=at, path=beside))
            if there:
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return there


def kept(uri: str, at: str, path: Path) -> None:
    """Copy a file to a place below the URI, where it is whole or not there.

    Raises:
        UnreachableError: the storage does not answer, or refuses.
    """
    reached(uri, "written", partial(Store.write, path=path, at=at))


def kept_below(uri: str, folder: str) -> dict[str, int]:
    """All files of a folder below the URI and of its folders, by their paths below it, with their bytes.

    Raises:
        UnreachableError: the storage does not answer, or refuses.
    """
    return reached(uri, "read", partial(Store.below, at=folder))


def remove_kept(uri: str, files: Sequence[str], folder: str | None = None) -> None:
    """Remove files below the URI, and then a folder with all that is left in it.

    Raises:
        UnreachableError: the storage does not answer, or refuses.
    """
    for at in files:
        reached(uri, "written", partial(Store.remove, at=at))
    if folder is not None:
        reached(uri, "written", partial(Store.remove_folder, at=folder))


def kept_at(folder: Path) -> str:
    """Where the files of an attempt's folder are kept below the URI: trials/KEY/ATTEMPT, the end of its path."""
    return "/".join(("trials", *folder.parts[-2:]))


def _files(folder: Path) -> list[Path]:
    """Whole files; what is being written begins with a dot."""
    return [path for path in folder.glob("*") if path.is_file() and not path.name.startswith(".")]


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
