"""Test images that a study keeps, with their true masks, and what a trial predicted on the test part."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.array_file import AGAIN, array_file
from s4mcl.results.ranked_images import RankedImage
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class Samples:
    """Test images chosen for the report. `rows` are dataset rows and are never shown."""

    rows: NDArray[np.int64]  # [m]
    images: NDArray[np.uint8]  # [m,H,W]
    masks: NDArray[np.uint8]  # [m,M,H,W] of 0 and 1

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Prediction:
    """The masks that one trial predicted, with the Dice of each image."""

    rows: NDArray[np.int64]  # [n]
    masks: NDArray[np.uint8]  # [n,M,H,W] of 0 and 1
    dice: NDArray[np.float64] | None  # [n]

    def place(self, row: int) -> int | None:
        """Where this dataset row stands in the prediction; None where it is missing."""
        found = np.flatnonzero(self.rows == row)
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class Ranked:
    """Test images that are the best, the median or the worst of a method at a label fraction, and which is which."""

    seed: int  # of the trials that the images were chosen by
    samples: Samples
    images: tuple[RankedImage, ...]


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with array_file(path) as file:
        return {name: file[name] for name in file.files}


def _wrong(path: Path, found: str, expected: str) -> InputError:
    return InputError(f"{path}: {found} was found, {expected} was expected.\nCure: {AGAIN}")


def read_samples(path: Path) -> Samples:
    """Read samples.npz: rows [m], images [m,1,H,W], masks [m,1,H,W].

    Raises:
        InputError: the file cannot be read, or its arrays do not fit together.
    """
    arrays = _arrays(path)
    missing = [name for name in ("rows", "images", "masks") if name not in arrays]
    if missing:
        raise _wrong(path, f"no array {', '.join(missing)}", "rows, images and masks")
    rows, images, masks = arrays["rows"], arrays["images"], arrays["masks"]
    if (
        images.ndim != 4
        or masks.ndim != 4
        or images.shape[2:] != masks.shape[2:]
        or not len(rows) == len(images) == len(masks)
    ):
        raise _wrong(
            path, f"images {images.shape}, masks {masks.shape}, {len(rows)} rows", "[m,1,H,W] twice and m rows"
        )
    return Samples(rows.astype(np.int64), _grey(images[:, 0]), (masks > 0).astype(np.uint8))


def read_ranked(path: Path) -> Ranked:
    """Read ranked.npz: what samples.npz holds, the seed, and of k ranked images method, fraction, rank, row and Dice.

    Raises:
        InputError: the file cannot be read, or its arrays do not fit together.
    """
    samples, arrays = read_samples(path), _arrays(path)
    names = ("shown_method", "shown_fraction", "shown_rank", "shown_row", "shown_dice", "seed")
    missing = [name for name in names if name not in arrays]
    if missing:
        raise _wrong(path, f"no array {', '.join(missing)}", ", ".join(names))
    *columns, seed = (arrays[name] for name in names)
    if seed.size != 1 or any(column.ndim != 1 or len(column) != len(columns[0]) for column in columns):
        raise _wrong(path, f"ranked images of shapes {[column.shape for column in columns]}", "[k] each, and one seed")
    rows = zip(*(column.tolist() for column in columns), strict=True)
    images = tuple(
        RankedImage(str(method), float(fraction), str(rank), int(row), float(dice))
        for method, fraction, rank, row, dice in rows
    )
    return Ranked(int(seed.item()), samples, images)


def _grey(images: NDArray[Any]) -> NDArray[np.uint8]:
    """[m,H,W] of any number type to uint8; uint8 stays as it is, others are stretched image by image."""
    if images.dtype == np.uint8:
        return images.astype(np.uint8)
    values = images.astype(np.float64)
    low = values.min(axis=(1, 2), keepdims=True)
    span = np.maximum(values.max(axis=(1, 2), keepdims=True) - low, 1e-12)
    stretched: NDArray[np.uint8] = np.rint(255 * (values - low) / span).astype(np.uint8)
    return stretched


def read_prediction(path: Path, wanted: NDArray[np.int64]) -> Prediction | None:
    """Read the masks of the `wanted` dataset rows from predictions.npz; None where the method predicts no masks.

    Rows that the file lacks are left out. Only the wanted masks are unpacked.

    Raises:
        InputError: the file cannot be read, or its arrays do not fit together.
    """
    arrays = _arrays(path)
    if "masks" not in arrays:
        return None
    if "rows" not in arrays or "mask_shape" not in arrays:
        raise _wrong(path, f"only {', '.join(sorted(arrays))}", "rows, masks and mask_shape")
    rows = arrays["rows"].astype(np.int64)
    shape = tuple(int(side) for side in arrays["mask_shape"].astype(np.int64))
    bits = int(np.prod(shape)) if len(shape) == 3 else -1
    packed = arrays["masks"].astype(np.uint8)
    if packed.ndim != 2 or packed.shape != (len(rows), (bits + 7) // 8):
        raise _wrong(
            path, f"masks {packed.shape} with shape {shape} for {len(rows)} rows", "[n, M·H·W / 8] packed bits"
        )
    places = np.flatnonzero(np.isin(rows, wanted))
    masks = np.unpackbits(packed[places], axis=1, count=bits).reshape(len(places), *shape)
    dice = arrays.get("dice")
    fits = dice is not None and len(dice) == len(rows)
    return Prediction(rows[places], masks, dice[places].astype(np.float64) if dice is not None and fits else None)
