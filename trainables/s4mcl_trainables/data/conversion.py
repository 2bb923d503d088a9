"""What a worker does: decode a chunk of images and masks, check them, resize them and write their rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.formats.decoder import OWN, Decoder
from s4mcl_trainables.data.npy_file import NpyFile
from s4mcl_trainables.data.resize import resize_image, resize_mask
from s4mcl_trainables.data.sources.identifier import shown
from s4mcl_trainables.data.sources.offences import Offence


@dataclass(frozen=True, slots=True)
class Picture:
    """Paths of one image and of its masks, relative to the source folder, each mask with its channel."""

    image: str
    masks: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring rows of the arrays: `pictures[0]` is row `start`."""

    start: int
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class WideSearch:
    """Finds out from headers alone whether any image of a chunk has more than 8 bits."""

    root: Path
    decoder: Decoder = OWN

    def __call__(self, chunk: Chunk) -> bool:
        """Whether a 16-bit image is among them; those that cannot be read do not count."""
        return any(self.decoder.is_wide(f"{self.root}/{picture.image}") for picture in chunk.pictures)


@dataclass(frozen=True)
class Conversion:
    """Converts chunks. Without files it only checks.

    Masks have so many `channels`; of `label_maps` a file holds all of them.
    """

    root: Path
    size: int
    wide: bool
    images: NpyFile | None
    masks: NpyFile | None
    channels: int = 1
    label_maps: bool = False
    decoder: Decoder = OWN

    def __call__(self, chunk: Chunk) -> list[tuple[str, str]]:
        """Kind and text of every offender of the chunk; its rows are written unless there is one.

        Raises:
            OSError: the rows cannot be written.
        """
        shape = (len(chunk.pictures), 1, self.size, self.size)
        images = np.zeros(shape, dtype=np.uint16 if self.wide else np.uint8)
        masks = np.zeros((len(chunk.pictures), self.channels, self.size, self.size), dtype=np.uint8)
        offenders: list[tuple[str, str]] = []
        for row, picture in enumerate(chunk.pictures):
            self._fill(picture, images[row, 0], masks[row], offenders)
        if self.images and self.masks and not offenders:
            self.images.write(chunk.start, images)
            self.masks.write(chunk.start, masks)
        return offenders

    def _fill(
        self, picture: Picture, image: NDArray[Any], masks: NDArray[np.uint8], offenders: list[tuple[str, str]]
    ) -> None:
        """Fill one row, image [size,size] and masks [M,size,size]; note what is wrong with any of its files."""
        grey: NDArray[Any] | None = None
        try:
            grey = self.decoder.image(f"{self.root}/{picture.image}")
            image[:] = resize_image(grey, self.size, wide=self.wide)
        except Offence as offence:
            offenders.append((offence.kind, f"{shown(picture.image)}: {offence.text}"))
        merged: dict[int, NDArray[np.bool_]] = {}
        for channel, path in picture.masks:
            try:
                own = self._decoded(channel, path)
            except Offence as offence:
                offenders.append((offence.kind, f"{shown(path)}: {offence.text}"))
                continue
            for place, mask in own.items():
                if grey is not None and mask.shape != grey.shape:
                    offenders.append(("size", f"{shown(path)}: {_extent(mask)}, its image is {_extent(grey)}"))
                    break
                before = merged.get(place)
                merged[place] = mask if before is None or before.shape != mask.shape else before | mask
        for place, mask in merged.items():
            masks[place] = resize_mask(mask, self.size)

    def _decoded(self, channel: int, path: str) -> dict[int, NDArray[np.bool_]]:
        """The masks [H,W] of a file by channel."""
        if not self.label_maps:
            return {channel: self.decoder.mask(f"{self.root}/{path}")}
        return dict(enumerate(self.decoder.label_map(f"{self.root}/{path}", self.channels)))


def _extent(array: NDArray[Any]) -> str:
    return f"{array.shape[1]}x{array.shape[0]}"
