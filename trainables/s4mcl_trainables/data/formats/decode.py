"""One image or mask file to an array, whatever its format."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.formats.dicom import dicom_is_wide, read_dicom, read_dicom_mask
from s4mcl_trainables.data.formats.raster import Raster, raster_is_wide, read_label_values, read_raster
from s4mcl_trainables.data.sources.identifier import SUFFIXES, suffix_of
from s4mcl_trainables.data.sources.offences import Offence

RASTERS = SUFFIXES - {".dcm", ".dicom"}


def decode_image(path: str) -> NDArray[Any]:
    """Grey [H,W] uint8 or uint16.

    Raises:
        Offence: the file cannot be read, or holds one value alone.
    """
    grey = read_raster(path).pixels if _is_raster(path) else read_dicom(path)
    low, high = grey.min(), grey.max()
    if low == high:
        raise Offence("constant", f"every pixel is {low}")
    return grey


def decode_mask(path: str) -> NDArray[np.bool_]:
    """Mask [H,W], true where its structure is. The file holds 0 and one other value, 0 alone, or its top value alone.

    Raises:
        Offence: the file cannot be read, or holds grey values.
    """
    raster = read_raster(path) if _is_raster(path) else Raster(read_dicom_mask(path), "DICOM")
    values, top = raster.pixels, raster.pixels.max()
    inside = values == top
    if top == 0:
        return np.zeros(values.shape, dtype=np.bool_)
    if not np.array_equal(values != 0, inside):
        found = np.unique(values)
        some = ", ".join(f"{value:g}" for value in found[:4]) + (", ..." if len(found) > 4 else "")
        raise Offence(
            "jpeg_mask" if raster.format in ("JPEG", "MPO") else "grey_mask", f"{len(found)} values were found ({some})"
        )
    if inside.all() and top not in (1, 255, 65535):
        raise Offence("grey_mask", f"every pixel is {top:g}: neither empty (0) nor full (1, 255 or 65535)")
    return np.asarray(inside)


def decode_label_map(path: str, structures: int) -> NDArray[np.bool_]:
    """Masks [M,H,W] of a file that holds 0 and n where the n-th structure is; of a palette its numbers count.

    Raises:
        Offence: the file cannot be read, or holds other values.
    """
    values = read_label_values(path) if _is_raster(path) else read_dicom_mask(path)
    numbers = np.arange(1, structures + 1)[:, None, None]
    beyond = np.setdiff1d(values, np.arange(structures + 1))
    if len(beyond):
        some = ", ".join(f"{value:g}" for value in beyond[:4]) + (", ..." if len(beyond) > 4 else "")
        raise Offence("label_map", f"{some} was found, 0 to {structures} is expected")
    return np.asarray(values[None] == numbers)


def is_wide(path: str) -> bool:
    """Whether a file has more than 8 bits a sample, from its header alone."""
    return raster_is_wide(path) if _is_raster(path) else dicom_is_wide(path)


def _is_raster(path: str) -> bool:
    return suffix_of(path) in RASTERS
