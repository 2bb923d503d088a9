"""What a worker does: decode a chunk of images and masks, check them, resize them and write their rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.formats.decode import decode_image, decode_mask, is_wide
from s4mcl_trainables.data.npy_file import NpyFile
from s4mcl_trainables.data.resize import resize_image, resize_mask
from s4mcl_trainables.data.sources.identifier import shown
from s4mcl_trainables.data.sources.offences import Offence


@dataclass(frozen=True, slots=True)
class Picture:
    """Paths of one image and of its masks, relative to the source folder."""

    image: str
    masks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring rows of the arrays: `pictures[0]` is row `start`."""

    start: int
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class WideSearch:
    """Finds out from headers alone whether any image of a chunk has more than 8 bits."""

    root: Path

    def __call__(self, chunk: Chunk) -> bool:
        """Whether a 16-bit image is among them; those that cannot be read do not count."""
        return any(is_wide(f"{self.root}/{picture.image}") for picture in chunk.pictures)


@dataclass(frozen=True)
class Conversion:
    """Converts chunks. Without files it only checks."""

    root: Path
    size: int
    wide: bool
    images: NpyFile | None
    masks: NpyFile | None

    def __call__(self, chunk: Chunk) -> list[tuple[str, str]]:
        """Kind and text of every offender of the chunk; its rows are written unless there is one.

        Raises:
            OSError: the rows cannot be written.
        """
        shape = (len(chunk.pictures), 1, self.size, self.size)
        images = np.zeros(shape, dtype=np.uint16 if self.wide else np.uint8)
        masks = np.zeros(shape, dtype=np.uint8)
        offenders: list[tuple[str, str]] = []
        for row, picture in enumerate(chunk.pictures):
            self._fill(picture, images[row, 0], masks[row, 0], offenders)
        if self.images and self.masks and not offenders:
            self.images.write(chunk.start, images)
            self.masks.write(chunk.start, masks)
        return offenders

    def _fill(
        self, picture: Picture, image: NDArray[Any], mask: NDArray[np.uint8], offenders: list[tuple[str, str]]
    ) -> None:
        """Fill one row [size,size] of each array; note what is wrong with any of its files."""
        grey: NDArray[Any] | None = None
        try:
            grey = decode_image(f"{self.root}/{picture.image}")
            image[:] = resize_image(grey, self.size, wide=self.wide)
        except Offence as offence:
            offenders.append((offence.kind, f"{shown(picture.image)}: {offence.text}"))
        merged: NDArray[np.bool_] | None = None
        for path in picture.masks:
            try:
                own = decode_mask(f"{self.root}/{path}")
            except Offence as offence:
                offenders.append((offence.kind, f"{shown(path)}: {offence.text}"))
                continue
            if grey is not None and own.shape != grey.shape:
                offenders.append(("size", f"{shown(path)}: {_extent(own)}, its image is {_extent(grey)}"))
            else:
                merged = own if merged is None or merged.shape != own.shape else merged | own
        if merged is not None:
            mask[:] = resize_mask(merged, self.size)


def _extent(array: NDArray[Any]) -> str:
    return f"{array.shape[1]}x{array.shape[0]}"
