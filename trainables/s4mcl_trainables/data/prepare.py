"""From a folder of images to a prepared dataset: all or nothing, in bounded memory, over several processes."""

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from s4mcl_trainables.data.conversion import Chunk, Conversion, Picture, WideSearch
from s4mcl_trainables.data.dataset import write_description
from s4mcl_trainables.data.destination import fresh_folder
from s4mcl_trainables.data.formats.decoder import Decoder
from s4mcl_trainables.data.index_frame import index_frame
from s4mcl_trainables.data.npy_file import NpyFile
from s4mcl_trainables.data.sources.class_names import resolve_classes
from s4mcl_trainables.data.sources.layouts import read_source
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.source import Item, Source
from s4mcl_trainables.data.sources.structures import Structures, resolve_structures
from s4mcl_trainables.data.worker_pool import available_cores, run_chunks
from s4mcl_trainables.problems import InputError

CHUNK = 32  # images a task of a worker: 1 MiB at 128x128 and 16 bits
SYNCED = 128 * CHUNK  # images after which the disk is waited for, while workers go on: the end need not wait for all
SIZES = range(8, 2049)

Progress = Callable[[str, int, int], None]  # what is done now, images done, images in all


@dataclass(frozen=True)
class Prepared:
    """What was made, in numbers."""

    path: Path
    name: str
    fingerprint: str
    layout: str
    dtype: str
    size: int
    images: int
    classes: dict[str, int]  # images by class
    unlabelled: int
    with_mask: int
    groups: int
    left_out: int  # rows with keep 0
    without_row: int  # images without a row in labels.csv
    notices: tuple[str, ...]
    structures: tuple[str, ...] = ()  # their names, where they have some


def prepare(
    src: Path,
    dst: Path,
    *,
    size: int = 128,
    workers: int | None = None,
    name: str | None = None,
    keep_all: bool = False,
    classes: Sequence[str] | None = None,
    structures: Sequence[str] | None = None,
    form: str | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Make a prepared dataset at `dst` from the images in `src`, in one of the layouts of `layouts`, or another format.

    Args:
        src: the folder of images; it is only read.
        dst: a folder that does not exist yet.
        size: side of the square images, in pixels.
        workers: processes; all available cores by default.
        name: the dataset's name; the name of `dst` by default.
        keep_all: take rows with `keep` 0 as well; `keep` then becomes a metadata column.
        classes: the class names in the order of their indices; found in the labels, and sorted, by default.
        structures: their names in the order of the masks' channels; as found, and sorted, by default. Where no file
            names one, masks are label maps: value n is the n-th.
        form: the name of a registered format; found by looking by default.
        progress: called now and then, in this process.

    Raises:
        InputError: anything that a person has to mend, all of it at once; `dst` does not exist then.
    """
    root, dst = Path(src).absolute(), Path(dst).absolute()
    if size not in SIZES or (workers is not None and workers < 1):
        raise InputError(f"size {size}, workers {workers}.\nCure: a size from 8 to 2048 pixels, and one worker or more")
    report: Progress = progress or (lambda stage, done, total: None)
    workers = workers or available_cores()
    offences = Offences(root)
    with fresh_folder(dst) as folder:
        source = read_source(root, offences, keep_all=keep_all, form=form)
        names = resolve_classes(source.items, classes, offences)
        shown = resolve_structures(source.items, structures, offences)
        work = _Work(root, folder, size=size, workers=workers, structures=shown, decoder=Decoder(source.decoder))
        dtype = _convert(work, source.items, offences, report)
        offences.raise_if_any()
        report("fingerprint", 0, 1)
        mark = _describe(folder, name or dst.name, source, names, shown.names)
        report("fingerprint", 1, 1)
    made: dict[str, Any] = {"fingerprint": mark, "dtype": dtype, "size": size, "structures": shown.names}
    return _prepared(dst, source, names, name=name or dst.name, **made)


@dataclass(frozen=True)
class _Work:
    """What is made, where, and by how many."""

    root: Path
    folder: Path
    size: int
    workers: int
    structures: Structures
    decoder: Decoder


def _convert(work: _Work, items: Sequence[Item], offences: Offences, report: Progress) -> str:
    """Write images.npy and masks.npy and return the type of the images; note every offender."""
    folder, size, channels = work.folder, work.size, work.structures.count
    pictures = [Picture(item.image, work.structures.places(item)) for item in items]
    chunks = [Chunk(start, tuple(pictures[start : start + CHUNK])) for start in range(0, len(pictures), CHUNK)]
    wide = _any_wide(work, chunks, report)
    dtype = "uint16" if wide else "uint8"
    images = masks = None
    if not offences:  # otherwise the pixels are only checked
        images = NpyFile.create(folder / "images.npy", (len(items), 1, size, size), dtype)
        masks = NpyFile.create(folder / "masks.npy", (len(items), channels, size, size), "uint8")
    found: dict[int, list[tuple[str, str]]] = {}
    counter = _Counter("images", len(items), report)

    def take(chunk: Chunk, offenders: list[tuple[str, str]]) -> None:
        counter.add(len(chunk.pictures))
        if offenders:
            found[chunk.start] = offenders
        if images and masks and counter.done % SYNCED < CHUNK:
            images.sync()
            masks.sync()

    how: dict[str, Any] = {"channels": channels, "label_maps": work.structures.label_maps, "decoder": work.decoder}
    run_chunks(Conversion(work.root, size, wide, images, masks, **how), chunks, work.workers, take)
    for start in sorted(found):
        for kind, text in found[start]:
            offences.add(kind, text)
    for file in (images, masks):
        if file and not offences:
            file.sync()
    return dtype


def _any_wide(work: _Work, chunks: Sequence[Chunk], report: Progress) -> bool:
    """Whether any image has more than 8 bits; the whole dataset is 16 bits deep then."""
    answers: set[bool] = set()
    counter = _Counter("headers", sum(len(chunk.pictures) for chunk in chunks), report)

    def take(chunk: Chunk, wide: bool) -> None:
        counter.add(len(chunk.pictures))
        answers.add(wide)

    run_chunks(WideSearch(work.root, work.decoder), chunks, work.workers, take)
    return True in answers


class _Counter:
    """Adds up what is done and tells it on."""

    def __init__(self, stage: str, total: int, report: Progress) -> None:
        self.stage, self.total, self.report, self.done = stage, total, report, 0

    def add(self, count: int) -> None:
        self.done += count
        self.report(self.stage, self.done, self.total)


def _describe(folder: Path, name: str, source: Source, classes: tuple[str, ...], structures: tuple[str, ...]) -> str:
    """Write the index and the description beside the arrays; return the fingerprint.

    Raises:
        OSError: they cannot be written. Polars tells a full disk as an error of its own kind.
    """
    origin = {"layout": source.layout, "left_out": source.left_out, "without_row": source.without_row}
    try:
        index = index_frame(source, classes)
        return write_description(folder, name=name, classes=classes, source=origin, index=index, structures=structures)
    except pl.exceptions.PolarsError as error:
        full = f"(os error {errno.ENOSPC})" in str(error)
        raise OSError(errno.ENOSPC if full else errno.EIO, os.strerror(errno.ENOSPC) if full else str(error)) from error


def _prepared(path: Path, source: Source, classes: Sequence[str], **made: Any) -> Prepared:
    """The numbers of a finished dataset; `made` holds what the source does not know."""
    items = source.items
    return Prepared(
        **made,
        path=path,
        layout=source.layout,
        images=len(items),
        classes={label: sum(item.label == label for item in items) for label in classes},
        unlabelled=sum(item.label is None for item in items),
        with_mask=sum(bool(item.masks) for item in items),
        groups=len({("group", item.group) if item.group else ("image", item.id) for item in items}),
        left_out=source.left_out,
        without_row=source.without_row,
        notices=tuple(source.notices),
    )
