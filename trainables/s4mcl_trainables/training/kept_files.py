"""Files of trials that are kept under a URI of pyarrow's: s3://, gs://, file:// of a folder that all nodes see.

A worker trains in a folder of its own node and keeps what it writes there under the URI before it tells anybody of it;
the next attempt, on whatever node, fetches it. Torch is not imported here.
"""

import getpass
import hashlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from s4mcl_trainables.problems import InputError
from s4mcl_trainables.processes import is_of_the_dead, process_mark
from s4mcl_trainables.training.whole_file import FULL, room

T = TypeVar("T")

WAITS = (1.0, 4.0)  # seconds before a storage that did not answer is asked again
CHUNK = 4 * 2**20
SKEWED = ("request_time_too_skewed", "requesttimetooskewed")
REFUSED = (
    *("access_denied", "invalid_access_key_id", "signature_does_not_match", "unrecognized_client", "missing_auth"),
    *("expiredtoken", "invalidtoken", "credential", "http status 401", "http status 403", "unauthenticated"),
    *("permission_denied", "permission denied"),
)


class UnreachableError(InputError):
    """Files could not be kept, or not be fetched."""


def node_folder(*names: str) -> Path:
    """A folder of this node for this user alone, which holds patients' images and weights for a while."""
    base = _node_base()
    base.mkdir(mode=0o700, exist_ok=True)
    if base.stat().st_uid != os.getuid():
        raise InputError(
            f"{base} is another user's.\nCure: set TMPDIR to a folder of your own on {socket.gethostname()}"
        )
    return base.joinpath(*names)


def is_this_nodes_own(path: Path) -> bool:
    """Whether a path lies in the node's folder, which no other node sees."""
    return path.is_relative_to(_node_base())


def trial_folder(uri: str, folder: Path) -> Path:
    """Where this process trains whose attempt is kept under `uri` at trials/KEY/ATTEMPT, the end of `folder`."""
    return node_folder("trials", process_mark(), hashlib.sha256(uri.encode()).hexdigest()[:16], *folder.parts[-2:])


def remove_leftovers() -> None:
    """Remove what processes of this host that were killed have left in the node's folder; what lives is untouched."""
    with suppress(OSError):
        for path in (*node_folder("trials").glob("*"), *node_folder("datasets").glob(".*")):
            if is_of_the_dead(path.name.removeprefix(".")):
                shutil.rmtree(path, ignore_errors=True)


def _node_base() -> Path:
    return Path(tempfile.gettempdir()) / f"s4mcl-{getpass.getuser()}"


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
            for name, size in _reached(self.uri, "read", partial(_Store.listed, at=at)):
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
            _reached(self.uri, "written", partial(_Store.remove, at=at))
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
            there = _reached(uri, "read", partial(_Store.read, at=at, path=beside))
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
    _reached(uri, "written", partial(_Store.write, path=path, at=at))


def kept_below(uri: str, folder: str) -> dict[str, int]:
    """All files of a folder below the URI and of its folders, by their paths below it, with their bytes.

    Raises:
        UnreachableError: the storage does not answer, or refuses.
    """
    return _reached(uri, "read", partial(_Store.below, at=folder))


def remove_kept(uri: str, files: Sequence[str], folder: str | None = None) -> None:
    """Remove files below the URI, and then a folder with all that is left in it.

    Raises:
        UnreachableError: the storage does not answer, or refuses.
    """
    for at in files:
        _reached(uri, "written", partial(_Store.remove, at=at))
    if folder is not None:
        _reached(uri, "written", partial(_Store.remove_folder, at=folder))


def answers(uri: str) -> bool:
    """Whether the storage answers now; it is asked once, over a new connection."""
    try:
        _Store(uri).listed("")
    except Exception:  # pyarrow's errors are OSError, ValueError and its own
        return False
    return True


class _Store:
    """One connection to what lies under a URI."""

    def __init__(self, uri: str) -> None:
        from pyarrow import fs  # noqa: PLC0415  # a tenth of a second that trials of one machine need not spend

        self.fs = fs
        self.system, root = fs.FileSystem.from_uri(uri)
        self.root = root.rstrip("/")

    def listed(self, at: str) -> list[tuple[str, int]]:
        """Name and size of each file of a folder."""
        selector = self.fs.FileSelector(f"{self.root}/{at}", allow_not_found=True)
        found = self.system.get_file_info(selector)
        return [(each.base_name, each.size) for each in found if each.is_file and not each.base_name.startswith(".")]

    def below(self, at: str) -> dict[str, int]:
        """Path and size of each file of a folder and of its folders."""
        top = f"{self.root}/{at}"
        found = self.system.get_file_info(self.fs.FileSelector(top, allow_not_found=True, recursive=True))
        return {each.path.removeprefix(f"{top}/"): each.size for each in found if each.is_file}

    def read(self, at: str, path: Path) -> bool:
        """Copy a file here; False where it is not there."""
        if not self.system.get_file_info(f"{self.root}/{at}").is_file:
            return False
        with self.system.open_input_stream(f"{self.root}/{at}") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK)
        return True

    def write(self, path: Path, at: str) -> None:
        """Copy a file there. An object of a cloud is whole when it appears; elsewhere it is renamed when it is."""
        place = f"{self.root}/{at}"
        folder, _, name = place.rpartition("/")
        if not self._is_cloud():
            self.system.create_dir(folder, recursive=True)
        beside = place if self._is_cloud() else f"{folder}/.{name}.{socket.gethostname()}-{os.getpid()}"
        with path.open("rb") as source, self.system.open_output_stream(beside) as target:
            shutil.copyfileobj(source, target, CHUNK)
        if beside != place:
            self.system.move(beside, place)

    def remove(self, at: str) -> None:
        """Remove a file, if it is there."""
        if self.system.get_file_info(f"{self.root}/{at}").is_file:
            self.system.delete_file(f"{self.root}/{at}")

    def remove_folder(self, at: str) -> None:
        """Remove a folder with what is in it, if it is there."""
        with suppress(FileNotFoundError):
            self.system.delete_dir(f"{self.root}/{at}")

    def _is_cloud(self) -> bool:
        return self.system.type_name in ("s3", "gcs", "abfs")


@lru_cache(maxsize=4)
def _connected(uri: str) -> _Store:
    """The connection that this process has: away from Amazon's machines a new one to S3 takes three seconds.

    That is how long Amazon's library asks for the credentials of a machine of theirs. With keys in the environment it
    need not.
    """
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    return _Store(uri)


def _reached(uri: str, what: str, use: "Callable[[_Store], T]") -> T:
    """What `use` gives of the storage. After a failure it is connected anew: renewed credentials are read then."""
    for wait in (*WAITS, None):
        try:
            return use(_connected(uri))
        except Exception as error:  # pyarrow's errors are OSError, ValueError and its own
            _connected.cache_clear()
            if wait is None or isinstance(error, ValueError):
                raise UnreachableError(_told(uri, what, _reason(uri, error))) from error
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _reason(uri: str, error: Exception) -> Exception:
    """The error, or one that says more: what S3 refuses to tell of an object it does not explain, of a list it does."""
    if "No response body" in str(error):
        try:
            _Store(uri).listed("")
        except Exception as telling:  # pyarrow's errors, as above
            return telling
    return error


def _told(uri: str, what: str, error: Exception) -> str:
    text = " ".join(str(error).split())[:300] or type(error).__name__
    return f"{shown(uri)} cannot be {what} from {socket.gethostname()}: {text}\nCure: {_cure(shown(uri), error)}"


def shown(uri: str) -> str:
    """A URI as it may be shown: before an @ and behind a ? there may be credentials."""
    scheme, _, rest = uri.partition("?")[0].partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _cure(place: str, error: Exception) -> str:
    """What to do about what the storage said."""
    host, text = socket.gethostname(), str(error).lower()
    if isinstance(error, OSError) and error.errno in FULL:
        cure = f"make room in {place}"
    elif any(word in text for word in SKEWED):
        cure = f"set the clock of {host} (timedatectl set-ntp true): the storage takes no request of another time"
    elif any(word in text for word in REFUSED):
        cure = f"renew the credentials that {host} has for it; they must allow to list, read, write and delete there"
    else:
        cure = f"look whether {host} reaches it"
    return f"{cure}; then the same command goes on"


def kept_at(folder: Path) -> str:
    """Where the files of an attempt's folder are kept below the URI: trials/KEY/ATTEMPT, the end of its path."""
    return "/".join(("trials", *folder.parts[-2:]))


def _files(folder: Path) -> list[Path]:
    """Whole files; what is being written begins with a dot."""
    return [path for path in folder.glob("*") if path.is_file() and not path.name.startswith(".")]


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
