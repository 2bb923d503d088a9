"""DICOM files: stored values, rescale, window, grey. No element but those of the pixels is ever read.

Rules, in this order:
1. The modality transform: rescale slope and intercept, or the modality lookup table.
2. A window (the first one) onto the full output range: PS3.3 C.11.2.1.2 LINEAR, C.11.2.1.3 LINEAR_EXACT and SIGMOID.
3. No window: unsigned files of up to 8 bits whose rescale changes nothing keep their values; all others go from their
   own minimum and maximum onto the full output range.
4. MONOCHROME1 (0 is white) is turned over.
Output is uint8 for up to 8 stored bits, uint16 for more.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array

from s4mcl_trainables.data.formats.luma import luma
from s4mcl_trainables.data.sources.offences import Offence

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_PALETTES = [
    f"{kind}{colour}PaletteColorLookupTable{part}"
    for colour in ("Red", "Green", "Blue")
    for kind, part in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
]
# Only these elements are parsed, so no patient's name or number is ever in memory, in a message or in a log.
TAGS: list[Any] = [
    *PIXELS,
    *_PALETTES,
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *(
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
        "ExtendedOffsetTable",
        "ExtendedOffsetTableLengths",
    ),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "WindowCenter", "WindowWidth", "VOILUTFunction"),
]


def read_dicom(path: str) -> NDArray[Any]:
    """Grey [H,W] uint8 or uint16 by the rules above.

    Raises:
        Offence: unreadable, no pixels, several frames, NaN, constant, or a range beyond 16 bits without a window.
    """
    with silenced():
        header = _open(path, pixels=True)
        stored = _stored(header)
        peak = 65535 if _is_wide(header) else 255
        dtype = np.uint16 if peak == 65535 else np.uint8
        if stored.ndim == 3:
            bits = (
                8 * stored.dtype.itemsize
                if header.PhotometricInterpretation == "PALETTE COLOR"
                else int(header.BitsStored)
            )
            return np.asarray(np.rint(luma(stored) * (peak / (2**bits - 1))), dtype=dtype)
        grey = _unit(stored, header)
        if header.get("PhotometricInterpretation") == "MONOCHROME1":
            grey = 1.0 - grey
        return np.asarray(np.rint(grey * peak), dtype=dtype)


def read_dicom_mask(path: str) -> NDArray[Any]:
    """Stored values [H,W] as they are: a mask has no window.

    Raises:
        Offence: as `read_dicom`.
    """
    with silenced():
        stored = _stored(_open(path, pixels=True))
        return np.asarray(luma(stored) if stored.ndim == 3 else stored)


def dicom_is_wide(path: str) -> bool:
    """Whether a file has more than 8 bits a sample, from its header; False where the header cannot be read."""
    with silenced():
        try:
            return _is_wide(_open(path, pixels=False))
        except Offence:  # told when the pixels are read
            return False


@contextmanager
def silenced() -> Iterator[None]:
    """Hold back pydicom's warnings and log lines: they may quote elements of the header."""
    logger = logging.getLogger("pydicom")
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def _open(path: str, *, pixels: bool) -> pydicom.Dataset:
    try:
        return pydicom.dcmread(path, specific_tags=TAGS, stop_before_pixels=not pixels)
    except InvalidDicomError:
        raise Offence("unreadable", "not a DICOM file (no DICM mark at byte 128)") from None
    except OSError as error:
        raise Offence("unreadable", error.strerror or "cannot be opened") from None
    except Exception as error:  # its text may quote the header: only its kind is told
        raise Offence("unreadable", f"the DICOM header is damaged ({type(error).__name__})") from None


def _stored(header: pydicom.Dataset) -> NDArray[Any]:
    """Stored values [H,W], or [H,W,3] RGB."""
    if not any(header.get(keyword) for keyword in PIXELS):
        raise Offence("no_pixels", "no pixel data in it")
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise Offence("frames", f"{frames} frames were found, 1 is expected")
    try:
        stored = pixel_array(header)
        if header.get("PhotometricInterpretation") == "PALETTE COLOR":
            stored = apply_color_lut(stored, header)
    except Exception as error:  # damaged or in a compression without a decoder; the text may quote the header
        kind = header.file_meta.TransferSyntaxUID.name if "TransferSyntaxUID" in header.file_meta else "unknown"
        raise Offence("unreadable", f"pixels ({kind}) cannot be decoded ({type(error).__name__})") from None
    return np.asarray(stored)


def _is_wide(header: pydicom.Dataset) -> bool:
    floats = "FloatPixelData" in header or "DoubleFloatPixelData" in header or "BitsStored" not in header
    return floats or int(header.BitsStored) > 8 or bool(header.get("ModalityLUTSequence"))


def _unit(stored: NDArray[Any], header: pydicom.Dataset) -> NDArray[np.float64]:
    """Grey in [0,1] from stored values [H,W]: the modality transform, then the window or the image's own range."""
    window = _window(header)
    slope, intercept = (
        _number(header, keyword, default) for keyword, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))
    )
    lookup = bool(header.get("ModalityLUTSequence"))
    unchanged = slope == 1.0 and intercept == 0.0 and not lookup
    if unchanged and window is None and not _is_wide(header) and stored.dtype.kind == "u":
        return stored / float(2 ** int(header.BitsStored) - 1)
    values = np.asarray(apply_modality_lut(stored, header) if lookup else stored * slope + intercept, dtype=np.float64)
    if not np.isfinite(values).all():
        raise Offence("nan", f"{int((~np.isfinite(values)).sum())} pixels are NaN or infinite")
    if window is not None:
        return windowed(values, *window, str(header.get("VOILUTFunction") or "LINEAR").upper())
    low, high = float(values.min()), float(values.max())
    if high - low > 65535:
        raise Offence(
            "overflow", f"values from {low:g} to {high:g} after rescale, without a window; a span of 65535 fits"
        )
    if low == high:
        raise Offence("constant", f"every pixel is {low:g}")
    return (values - low) / (high - low)


def windowed(values: NDArray[np.float64], centre: float, width: float, function: str) -> NDArray[np.float64]:
    """Values [H,W] through a window onto [0,1]: DICOM PS3.3 C.11.2.1.2.1 (LINEAR) and C.11.2.1.3 (the others).

    Raises:
        Offence: a width that the function does not allow, or an unknown function.
    """
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        raise Offence("unreadable", "its VOI LUT function is none of LINEAR, LINEAR_EXACT and SIGMOID")
    if width <= 0 or (function == "LINEAR" and width < 1):
        raise Offence("unreadable", f"a window of width {width:g}")
    if function == "SIGMOID":
        exponent = np.clip(-4.0 * (values - centre) / width, -700.0, 700.0)
        return np.asarray(1.0 / (1.0 + np.exp(exponent)))
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1.0
    if width == 0:
        return (values > centre).astype(np.float64)
    return np.clip((values - centre) / width + 0.5, 0.0, 1.0)


def _window(header: pydicom.Dataset) -> tuple[float, float] | None:
    if header.get("WindowCenter") in (None, "") or header.get("WindowWidth") in (None, ""):
        return None
    return _number(header, "WindowCenter", 0.0), _number(header, "WindowWidth", 0.0)


def _number(header: pydicom.Dataset, keyword: str, default: float) -> float:
    """The first value of an element as a number."""
    value = header.get(keyword)
    if value is None or value == "":
        return default
    try:
        return float(value[0] if isinstance(value, (list, MultiValue)) else value)
    except (TypeError, ValueError, IndexError):
        raise Offence("unreadable", f"{keyword} is not a number") from None
