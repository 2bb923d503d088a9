"""PNG, JPEG and TIFF files, read with Pillow as grey of 8 or 16 bits."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from s4mcl_trainables.data.formats.luma import luma
from s4mcl_trainables.data.formats.plain_png import png_is_wide, read_plain_png
from s4mcl_trainables.data.sources.offences import Offence

# no other decoder of Pillow is ever asked: some start other programs
FORMATS = ("PNG", "JPEG", "TIFF")
_WHITE_IS_ZERO, _PLANAR = 0, 2
_OTHER_BYTE = {"16L": "16B", "16B": "16L", "16N": "16B" if sys.byteorder == "little" else "16L"}


@dataclass(frozen=True)
class Raster:
    """Grey values [H,W] uint8 or uint16, and the format that they were read from."""

    pixels: NDArray[Any]
    format: str


def read_raster(path: str) -> Raster:
    """Read one image upright (EXIF orientation applied), transparency left out.

    Raises:
        Offence: unreadable, truncated, several frames, NaN, values beyond 16 bits.
    """
    try:
        plain = read_plain_png(Path(path).read_bytes()) if path[-4:].lower() == ".png" else None
        if plain is not None:
            return Raster(plain, "PNG")
        with Image.open(path, formats=FORMATS) as image:
            if image.format == "PNG":
                image.verify()  # a PNG cut after its last pixel row loads without a word otherwise
        with Image.open(path, formats=FORMATS) as image:
            return Raster(_grey(path, image), image.format or "")
    except Offence:
        raise
    except UnidentifiedImageError:
        raise Offence("unreadable", "not a PNG, JPEG or TIFF image of a known kind") from None
    except Exception as error:  # a damaged file may raise anything in a decoder
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        raise Offence("unreadable", text) from error


def read_label_values(path: str) -> NDArray[Any]:
    """[H,W] the numbers of an image with a palette, otherwise its grey values.

    Raises:
        Offence: as `read_raster`.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.mode == "P":
                ImageOps.exif_transpose(image, in_place=True)
                return np.asarray(image)
    except Exception:  # told by what follows
        return read_raster(path).pixels
    return read_raster(path).pixels


def raster_is_wide(path: str) -> bool:
    """Whether a file has more than 8 bits a sample, from its header; False where the header cannot be read."""
    try:
        with Path(path).open("rb", buffering=0) as file:
            wide = png_is_wide(file.read(26))
        if wide is not None:
            return wide
        with Image.open(path, formats=FORMATS) as image:
            return image.mode.startswith(("I", "F")) or _is_deep_colour(image)
    except Exception:  # told when the pixels are read
        return False


def _grey(path: str, image: ImageFile) -> NDArray[Any]:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # the further pictures of an MPO are previews
        raise Offence("frames", f"{frames} frames were found, 1 is expected")
    if _is_deep_colour(image):
        return _deep_grey(path, image)
    if image.mode.startswith("I;16"):
        return _upright_white(image, np.asarray(image).astype(np.uint16))
    if image.mode in ("I", "F"):
        return _fitted(np.asarray(image))
    ImageOps.exif_transpose(image, in_place=True)
    return np.asarray(image if image.mode == "L" else image.convert("RGB").convert("L"))


def _is_deep_colour(image: ImageFile) -> bool:
    return not image.mode.startswith("I") and any(";16" in _rawmode(tile.args) for tile in image.tile)


def _rawmode(args: Any) -> str:
    return str(args[0] if isinstance(args, tuple) and args else args)


def _deep_grey(path: str, image: ImageFile) -> NDArray[Any]:
    """Grey of 16-bit colour. Pillow keeps the high byte; asked for the other byte order, it gives the low one."""
    kind = _rawmode(image.tile[0].args)
    planar = isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(284) == _PLANAR
    if planar or not kind.startswith(("RGB;", "RGBA;", "RGBX;")):
        raise Offence(
            "unreadable", "16-bit colour stored by plane or with grey and transparency; save it as 16-bit grey"
        )
    high = np.asarray(image).astype(np.uint16)
    with Image.open(path, formats=FORMATS) as second:
        second.tile = [tile._replace(args=_other_byte(tile.args)) for tile in second.tile]
        low = np.asarray(second)
    return luma((high << 8) | low)


def _other_byte(args: Any) -> Any:
    kind = _rawmode(args)
    swapped = kind[:-3] + _OTHER_BYTE[kind[-3:]]
    return (swapped, *args[1:]) if isinstance(args, tuple) else swapped


def _upright_white(image: ImageFile, grey: NDArray[Any]) -> NDArray[Any]:
    """Turn 16-bit TIFF over where 0 is white: Pillow does so for 8 bits alone."""
    turned = isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(262) == _WHITE_IS_ZERO
    return 65535 - grey if turned else grey


def _fitted(values: NDArray[Any]) -> NDArray[Any]:
    """[H,W] 32-bit integers or floats as uint16, if nothing is lost by it."""
    if not np.isfinite(values).all():
        raise Offence("nan", f"{int((~np.isfinite(values)).sum())} pixels are NaN or infinite")
    low, high = values.min(), values.max()
    if low < 0 or high > 65535 or (values.dtype.kind == "f" and not np.array_equal(values, np.rint(values))):
        raise Offence(
            "overflow", f"values from {low:g} to {high:g} were found, whole numbers from 0 to 65535 are expected"
        )
    return values.astype(np.uint16)
