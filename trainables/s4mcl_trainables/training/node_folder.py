"""The folder of a node for one user, in which its workers keep datasets and the files of the trials that they train."""

import getpass
import hashlib
import os
import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from s4mcl_trainables.problems import InputError
from s4mcl_trainables.processes import is_of_the_dead, process_mark


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
