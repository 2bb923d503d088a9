"""What lies under a URI of pyarrow's file systems: listed, read, written and removed, or one message that says why not.

Torch is not imported here.
"""

import os
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.whole_file import FULL

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


class Store:
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
def _connected(uri: str) -> Store:
    """The connection that this process has: away from Amazon's machines a new one to S3 takes three seconds.

    That is how long Amazon's library asks for the credentials of a machine of theirs. With keys in the environment it
    need not.
    """
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    return Store(uri)


def reached(uri: str, what: str, use: "Callable[[Store], T]") -> T:
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
            Store(uri).listed("")
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


def answers(uri: str) -> bool:
    """Whether the storage answers now; it is asked once, over a new connection."""
    try:
        Store(uri).listed("")
    except Exception:  # pyarrow's errors are OSError, ValueError and its own
        return False
    return True
