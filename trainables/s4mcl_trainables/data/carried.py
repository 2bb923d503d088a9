"""A prepared dataset on its way to nodes that do not see its folder: one array of bytes, and a folder again."""

import io
import json
import shutil
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import FILES
from s4mcl_trainables.processes import process_mark
from s4mcl_trainables.training.node_folder import node_folder
from s4mcl_trainables.training.whole_file import room


def packed(dataset: Path) -> NDArray[np.uint8]:
    """The files of a prepared dataset as bytes [n]; an object store shares such an array between processes."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in FILES:
            tar.add(dataset / name, arcname=name)
    return np.frombuffer(archive.getbuffer(), dtype=np.uint8)


def on_this_node(dataset: Path, fingerprint: str, carried: NDArray[np.uint8]) -> Path:
    """The folder of the dataset: its own where this node sees it, else one into which it was unpacked once.

    Args:
        dataset: where the driver has it.
        fingerprint: of the dataset that is meant.
        carried: what `packed` gave.

    Raises:
        NoSpace: this node's disk is full.
    """
    folder = node_folder("datasets", fingerprint)
    for there in (dataset, folder):
        if _fingerprint(there) == fingerprint:
            return there
    with room(folder.parent, carried.nbytes):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{process_mark()}-", dir=folder.parent))
        try:
            with tarfile.open(fileobj=io.BytesIO(carried.tobytes())) as tar:
                tar.extractall(beside, filter="data")
            _take_place(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return folder


def _take_place(beside: Path, folder: Path) -> None:
    """Rename, unless another worker of this node was faster; one that is damaged makes way."""
    try:
        beside.replace(folder)
    except OSError:
        if _fingerprint(folder) == folder.name:
            return
        shutil.rmtree(folder, ignore_errors=True)
        beside.replace(folder)


def _fingerprint(folder: Path) -> str | None:
    """What a prepared dataset says that it is; None where there is none."""
    try:
        text = (folder / "dataset.json").read_text(encoding="utf-8")
        return str(json.loads(text)["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
