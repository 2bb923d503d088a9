"""Whole PNG files of the common kinds, decoded in one go; Pillow's own way leads through every chunk twice."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MODES = {0: "L", 2: "RGB", 6: "RGBA"}  # by the colour type, of 8 bits
HARMLESS = frozenset({b"bKGD", b"cHRM", b"gAMA", b"pHYs", b"sRGB", b"tIME"})  # chunks that change no pixel
MOST = 2**24  # pixels; of larger images Pillow decides whether they are too large
_HEAD, _CHUNK = struct.Struct(">II5B"), struct.Struct(">I4s")


def read_plain_png(content: bytes) -> NDArray[np.uint8] | None:
    """Grey [H,W] of a PNG of 8-bit grey or colour, as Pillow gives it, transparency left out.

    None where the file is of another kind, holds anything that might turn or change its pixels, or is not whole to the
    last checksum: Pillow then reads it, and says what is wrong with it.
    """
    try:
        mode, size, data = _pixels(content)
        image = Image.frombytes(mode, size, data, "zip", (mode, 0))
    except (ValueError, OSError, struct.error):
        return None
    return np.asarray(image if mode == "L" else image.convert("RGB").convert("L"))


def png_is_wide(start: bytes) -> bool | None:
    """Whether the PNG that begins so (26 bytes or more) has 16 bits a sample; None where it begins otherwise."""
    if len(start) < 26 or not start.startswith(SIGNATURE) or start[12:16] != b"IHDR":
        return None
    return start[24] == 16


def _pixels(content: bytes) -> tuple[str, tuple[int, int], bytes]:
    """Mode, width and height, and the compressed pixels.

    Raises:
        ValueError, struct.error: the file is not of the kinds that are read here, or not whole.
    """
    chunks = list(_chunks(content))
    kinds = [kind for kind, _ in chunks]
    first, last = kinds.index(b"IDAT"), len(kinds) - 1 - kinds[::-1].index(b"IDAT")
    others = {*kinds[1:first], *kinds[last + 1 : -1]}
    if kinds[0] != b"IHDR" or set(kinds[first : last + 1]) != {b"IDAT"} or not others <= HARMLESS:
        raise ValueError("chunks that Pillow should see")
    width, height, depth, colour, *coding = _HEAD.unpack(chunks[0][1])
    if depth != 8 or colour not in MODES or any(coding) or not 0 < width * height <= MOST:
        raise ValueError("another kind of image")
    return MODES[colour], (width, height), b"".join(data for _, data in chunks[first : last + 1])


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and data of each chunk up to the one that ends the file, their checksums tested."""
    if not content.startswith(SIGNATURE):
        raise ValueError("no PNG")
    kind, place = b"", len(SIGNATURE)
    while kind != b"IEND":
        length, kind = _CHUNK.unpack_from(content, place)
        start, end = place + _CHUNK.size, place + _CHUNK.size + length
        place = end + 4
        if place > len(content) or zlib.crc32(content[start - 4 : end]) != int.from_bytes(content[end:place], "big"):
            raise ValueError("not whole")
        yield kind, content[start:end]
