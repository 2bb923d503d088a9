"""The prepared dataset: a folder of arrays with an index, read by memory map.

DIR/images.npy     [N,1,H,W] uint8 or uint16, grey
DIR/masks.npy      [N,M,H,W] uint8 of 0 and 1, a channel a structure; all 0 where there is no mask
DIR/index.parquet  one row an image, in the arrays' order: id, label (class index or null), has_mask,
                   group, split (train, validation, test or null) and further metadata columns
DIR/dataset.json   format, name, size, classes, source, fingerprint; structures, where they have names
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl_trainables.problems import InputError, Problems

FORMAT = 1
CHUNK = 256  # images that are read at once, so that memory stays bounded
BLOCK = 2**20  # bytes of a file that are read at once
INDEX_SCHEMA = {"id": pl.String, "label": pl.Int32, "has_mask": pl.Boolean, "group": pl.String, "split": pl.String}
FILES = ("images.npy", "masks.npy", "index.parquet", "dataset.json")


@dataclass(frozen=True)
class Dataset:
    """A prepared dataset. The arrays are memory-mapped: opening costs no memory."""

    path: Path
    name: str
    size: int
    classes: tuple[str, ...]
    fingerprint: str
    index: pl.DataFrame
    images: NDArray[Any]
    masks: NDArray[np.uint8]
    structure_names: tuple[str, ...] = ()  # as given; empty where they have none

    def __len__(self) -> int:
        return self.index.height

    @property
    def structures(self) -> tuple[str, ...]:
        """The name of each of the M structures; "structure 1" and so on where none was given."""
        return self.structure_names or tuple(f"structure {n}" for n in range(1, self.masks.shape[1] + 1))

    @property
    def labels(self) -> NDArray[np.int64]:
        """[N] class indices, -1 where an image has no class label."""
        return self.index["label"].fill_null(-1).to_numpy().astype(np.int64)

    @property
    def has_mask(self) -> NDArray[np.bool_]:
        """[N] whether a mask was given."""
        return self.index["has_mask"].to_numpy().astype(bool)

    @property
    def groups(self) -> NDArray[np.int64]:
        """[N] group ordinals by first appearance, so that they do not depend on the salt of the hashes."""
        return group_ordinals(self.index["group"].to_list())


def group_ordinals(groups: list[str]) -> NDArray[np.int64]:
    """Number groups by first appearance: ["b", "a", "b"] gives [0, 1, 0]."""
    order: dict[str, int] = {}
    return np.array([order.setdefault(group, len(order)) for group in groups], dtype=np.int64)


def fingerprint(images: NDArray[Any], masks: NDArray[np.uint8], index: pl.DataFrame, classes: tuple[str, ...]) -> str:
    """SHA-256 of everything that can change a number: pixels, masks, labels, groups, splits, classes.

    Identifiers, the salt of the group hashes and metadata columns do not count. Reads in chunks.
    """
    digest = hashlib.sha256()
    head = {
        "shape": list(images.shape),
        "dtype": str(images.dtype),
        "masks": list(masks.shape),
        "classes": list(classes),
    }
    digest.update(json.dumps(head, sort_keys=True).encode())
    for array in (images, masks):
        for block in _blocks(array):
            digest.update(block)
    digest.update(index["label"].fill_null(-1).to_numpy().astype("<i8").tobytes())
    digest.update(index["has_mask"].to_numpy().astype("u1").tobytes())
    digest.update(group_ordinals(index["group"].to_list()).astype("<i8").tobytes())
    digest.update(json.dumps(index["split"].to_list()).encode())
    return digest.hexdigest()


def _blocks(array: NDArray[Any]) -> Iterator[bytes | memoryview]:
    """The bytes of an array in their order, a few at a time.

    Those of a whole file are read from it: of a memory map every page that is touched would count as this process's.
    """
    if isinstance(array, np.memmap) and array.filename is not None and array.flags.c_contiguous:
        path = Path(array.filename)
        if path.stat().st_size == array.offset + array.nbytes:
            with path.open("rb", buffering=0) as file:
                file.seek(array.offset)
                buffer = memoryview(bytearray(BLOCK))
                while count := file.readinto(buffer):
                    yield buffer[:count]
            return
    for start in range(0, len(array), CHUNK):
        yield np.ascontiguousarray(array[start : start + CHUNK]).tobytes()


def write_description(
    path: Path,
    *,
    name: str,
    classes: tuple[str, ...],
    source: dict[str, Any],
    index: pl.DataFrame,
    structures: tuple[str, ...] = (),
) -> str:
    """Write index.parquet and dataset.json beside finished images.npy and masks.npy; return the fingerprint.

    Raises:
        OSError: they cannot be written.
    """
    _write_index(path / "index.parquet", index)
    images = np.load(path / "images.npy", mmap_mode="r")
    masks = np.load(path / "masks.npy", mmap_mode="r")
    mark = fingerprint(images, masks, index, classes)
    description = {
        "format": FORMAT,
        "name": name,
        "size": int(images.shape[-1]),
        "images": int(images.shape[0]),
        "classes": list(classes),
        "fingerprint": mark,
        "source": source,
    }
    if structures:
        description["structures"] = list(structures)
    (path / "dataset.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return mark


def _write_index(path: Path, index: pl.DataFrame) -> None:
    try:
        with path.open("wb") as file:
            index.write_parquet(file)
    except pl.exceptions.PolarsError as error:  # a full disk among others
        full = f"(os error {errno.ENOSPC})" in str(error)
        raise OSError(errno.ENOSPC if full else errno.EIO, os.strerror(errno.ENOSPC) if full else str(error)) from error


def open_dataset(path: Path | str) -> Dataset:
    """Open a prepared dataset.

    Raises:
        InputError: the folder is not a prepared dataset, or its parts do not fit together.
    """
    path = Path(path).absolute()
    cure = "make one with: s4mcl data prepare SRC DST, or: s4mcl data phantom DST"
    missing = [name for name in FILES if not (path / name).is_file()]
    if missing:
        what = (
            "is a file" if path.is_file() else "does not exist" if not path.exists() else f"lacks {', '.join(missing)}"
        )
        raise InputError(f"{path} is not a prepared dataset: it {what}.\nCure: {cure}")
    try:
        description = json.loads((path / "dataset.json").read_text(encoding="utf-8"))
        with (path / "index.parquet").open("rb") as file:  # Polars would read a path as a pattern or a URL
            index = pl.read_parquet(file)
        images = np.load(path / "images.npy", mmap_mode="r")
        masks = np.load(path / "masks.npy", mmap_mode="r")
    except (ValueError, OSError, EOFError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{path} cannot be read as a prepared dataset: {error}\nCure: {cure}") from error
    problems = Problems(f"{path} cannot be used as a prepared dataset")
    problems.extend(_misfits(description, index, images, masks))
    problems.raise_if_any(cure)
    return Dataset(
        path=path,
        name=description["name"],
        size=int(description["size"]),
        classes=tuple(description["classes"]),
        fingerprint=description["fingerprint"],
        index=index,
        images=images,
        masks=masks,
        structure_names=tuple(description.get("structures") or ()),
    )


def _misfits(description: Any, index: pl.DataFrame, images: NDArray[Any], masks: NDArray[Any]) -> Iterator[str]:
    """What does not fit between the four files of a dataset."""
    if not isinstance(description, dict):
        yield f"dataset.json: an object was expected, found {type(description).__name__}"
        return
    if description.get("format") != FORMAT:
        yield f"dataset.json: format {description.get('format')} was found, {FORMAT} is known"
        return
    kinds = {"name": str, "size": int, "images": int, "classes": list, "fingerprint": str}
    for key, kind in kinds.items():
        if not isinstance(description.get(key), kind):
            found = repr(description[key]) if key in description else "nothing"
            yield f"dataset.json: {key} must be of type {kind.__name__}, {found} was found"
    names = description.get("structures")
    if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        yield f"dataset.json: structures must be a list of names, {names!r} was found"
    elif names and masks.ndim == 4 and len(names) != masks.shape[1]:
        yield f"dataset.json names {len(names)} structures, masks.npy has {masks.shape[1]}"
    for column, kind in INDEX_SCHEMA.items():
        if index.schema.get(column) != kind:
            yield f"index.parquet: column {column!r} is {index.schema.get(column, 'missing')}, {kind} is expected"
    counts = (len(images), len(masks), index.height, description.get("images"))
    if len(set(counts)) > 1:
        yield f"{counts[0]} images, {counts[1]} masks, {counts[2]} index rows and {counts[3]} told images do not fit"
    for name, array, kinds_known in (("images.npy", images, ("uint8", "uint16")), ("masks.npy", masks, ("uint8",))):
        yield from _array_misfits(name, array, kinds_known, description.get("size"))


def _array_misfits(name: str, array: NDArray[Any], dtypes: tuple[str, ...], size: Any) -> Iterator[str]:
    if array.ndim != 4:
        yield f"{name} has {array.ndim} axes, 4 are expected"
    elif array.shape[2:] != (size, size) or str(array.dtype) not in dtypes:
        expected = f"[N,C,{size},{size}] {' or '.join(dtypes)}"
        yield f"{name}: {list(array.shape)} {array.dtype} was found, {expected} is expected"
