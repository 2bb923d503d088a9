"""Whole PNG files of the common kinds: the same pixels as Pillow's, and nothing that only Pillow may judge."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from s4mcl_trainables.data.formats.plain_png import SIGNATURE, png_is_wide, read_plain_png
from s4mcl_trainables.data.formats.raster import read_raster
from s4mcl_trainables.data.sources.offences import Offence

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


def png(mode: str, size: tuple[int, int] = (18, 12), seed: int = 0, **words: object) -> bytes:
    """A PNG of noise under a ramp, so that all filters are used."""
    width, height = size
    draws = np.random.default_rng(seed)
    ramp = np.add.outer(np.arange(height), np.arange(width))[..., None] * 5
    pixels = (ramp + draws.integers(0, 30, (height, width, CHANNELS[mode]))).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode).save(file, "PNG", **words)
    return file.getvalue()


def with_chunk(content: bytes, kind: bytes, data: bytes) -> bytes:
    """A PNG with one chunk more, right after its header."""
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return content[:33] + struct.pack(">I", len(data)) + kind + data + checksum + content[33:]


@given(st.sampled_from(sorted(CHANNELS)), st.integers(1, 90), st.integers(1, 90), st.integers(0, 9))
def test_the_pixels_are_those_of_pillow(mode: str, width: int, height: int, level: int) -> None:
    content = png(mode, (width, height), seed=width * height, compress_level=level)
    found = read_plain_png(content)
    assert found is not None
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image if mode == "L" else image.convert("RGB").convert("L"))
    assert np.array_equal(found, expected)


def test_what_changes_no_pixel_is_passed_over() -> None:
    content = with_chunk(png("L"), b"pHYs", struct.pack(">IIB", 3000, 3000, 1))
    assert np.array_equal(read_plain_png(content), read_plain_png(png("L")))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SIGNATURE,
        png("L")[:-1],
        png("L")[:-12],
        png("L")[:60] + b"\0" + png("L")[61:],
        with_chunk(png("L"), b"eXIf", b"MM\0*\0\0\0\x08\0\0"),
        with_chunk(png("RGB"), b"tRNS", bytes(6)),
        with_chunk(png("L"), b"tEXt", b"XML:com.adobe.xmp\0<tiff:Orientation>6</tiff:Orientation>"),
        with_chunk(png("L"), b"acTL", bytes(8)),
    ],
    ids=["empty", "signature", "cut in IEND", "no IEND", "bad checksum", "exif", "transparency", "text", "animation"],
)
def test_what_is_not_plain_or_not_whole_is_left_to_pillow(content: bytes) -> None:
    assert read_plain_png(content) is None


def test_an_orientation_is_followed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.png"
    path.write_bytes(png("L", (18, 12), exif=exif.tobytes()))
    assert read_raster(str(path)).pixels.shape == (18, 12)


def test_a_damaged_file_is_told_as_pillow_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "damaged.png"
    path.write_bytes(png("L")[:60] + b"\0" + png("L")[61:])
    with pytest.raises(Offence, match=r"bad header checksum|broken PNG file"):
        read_raster(str(path))


def test_depth_is_read_from_the_header() -> None:
    deep = io.BytesIO()
    Image.fromarray(np.zeros((4, 5), np.uint16)).save(deep, "PNG")
    assert png_is_wide(deep.getvalue()[:26]) is True
    assert png_is_wide(png("RGB")[:26]) is False
    assert png_is_wide(b"\xff\xd8\xff" + bytes(40)) is None
