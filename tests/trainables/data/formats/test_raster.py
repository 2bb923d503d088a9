import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from s4mcl_trainables.data.formats.luma import luma
from s4mcl_trainables.data.formats.raster import raster_is_wide, read_raster
from s4mcl_trainables.data.sources.offences import Offence

RNG = np.random.default_rng(0)
GREY8 = RNG.integers(0, 256, (12, 18)).astype(np.uint8)
GREY16 = RNG.integers(0, 65536, (12, 18)).astype(np.uint16)
COLOUR16 = RNG.integers(0, 65536, (12, 18, 3)).astype(np.uint16)


def write_tiff(
    path: Path,
    pixels: NDArray[np.uint16],
    *,
    order: str = "<",
    deflate: bool = False,
    white: bool = False,
    planar: bool = False,
) -> None:
    """A 16-bit TIFF by hand: Pillow writes no 16-bit colour."""
    height, width, channels = (*pixels.shape, 1)[:3]
    data = pixels.astype(f"{order}u2").tobytes()
    data = zlib.compress(data) if deflate else data
    photometric = 2 if channels == 3 else 0 if white else 1
    entries = [(256, width), (257, height), (258, 16), (259, 8 if deflate else 1), (262, photometric), (273, 0)]
    entries += [(277, channels), (278, height), (279, len(data)), (284, 2 if planar else 1)]
    depths = 8 + 2 + 12 * len(entries) + 4
    out = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, len(entries))
    for tag, value in entries:
        if tag == 258 and channels == 3:
            out += struct.pack(f"{order}HHII", tag, 3, 3, depths)
        elif tag in (258, 259, 262, 277, 284):
            out += struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0)
        else:
            out += struct.pack(f"{order}HHII", tag, 4, 1, depths + 6 if tag == 273 else value)
    path.write_bytes(out + struct.pack(f"{order}I3H", 0, 16, 16, 16) + data)


def write_png16(path: Path, pixels: NDArray[np.uint16]) -> None:
    """A 16-bit PNG of 2, 3 or 4 channels by hand."""
    height, width, channels = pixels.shape

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in pixels)
    body = part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def offence(path: Path) -> Offence:
    with pytest.raises(Offence) as caught:
        read_raster(str(path))
    return caught.value


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.tiff"])
@pytest.mark.parametrize("pixels", [GREY8, GREY16], ids=["8", "16"])
def test_grey_keeps_every_value(tmp_path: Path, name: str, pixels: NDArray[Any]) -> None:
    path = tmp_path / name
    Image.fromarray(pixels).save(path)
    read = read_raster(str(path)).pixels
    assert read.dtype == pixels.dtype
    assert np.array_equal(read, pixels)
    assert raster_is_wide(str(path)) == (pixels.dtype == np.uint16)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "1"])
def test_other_8_bit_modes_become_grey(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(np.where(GREY8 > 99, 255, 0).astype(np.uint8)).convert(mode)
    image.save(tmp_path / "a.png")
    assert np.array_equal(read_raster(str(tmp_path / "a.png")).pixels, np.where(GREY8 > 99, 255, 0))


def test_jpeg_colour_is_luma(tmp_path: Path) -> None:
    colour = np.kron(RNG.integers(0, 256, (2, 3, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    Image.fromarray(colour).save(tmp_path / "a.jpg", quality=100, subsampling=0)
    raster = read_raster(str(tmp_path / "a.jpg"))
    assert raster.format == "JPEG"
    assert np.abs(raster.pixels.astype(int) - luma(colour)).max() <= 3


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
def test_16_bit_colour_keeps_both_bytes(tmp_path: Path, order: str, deflate: bool) -> None:
    write_tiff(tmp_path / "a.tif", COLOUR16, order=order, deflate=deflate)
    assert np.array_equal(read_raster(str(tmp_path / "a.tif")).pixels, luma(COLOUR16))
    assert raster_is_wide(str(tmp_path / "a.tif"))


def test_16_bit_colour_png(tmp_path: Path) -> None:
    write_png16(tmp_path / "rgb.png", COLOUR16)
    write_png16(tmp_path / "rgba.png", np.concatenate([COLOUR16, COLOUR16[..., :1]], axis=2))
    for name in ("rgb.png", "rgba.png"):
        assert np.array_equal(read_raster(str(tmp_path / name)).pixels, luma(COLOUR16))


def test_16_bit_colour_that_would_lose_its_low_byte_is_refused(tmp_path: Path) -> None:
    write_png16(tmp_path / "la.png", COLOUR16[..., :2])
    assert "16-bit grey" in offence(tmp_path / "la.png").text


@pytest.mark.parametrize("deflate", [False, True])
def test_white_is_zero_is_turned_over_at_16_bits(tmp_path: Path, deflate: bool) -> None:
    write_tiff(tmp_path / "a.tif", GREY16, white=True, deflate=deflate)
    assert np.array_equal(read_raster(str(tmp_path / "a.tif")).pixels, 65535 - GREY16)


def test_white_is_zero_is_turned_over_at_8_bits(tmp_path: Path) -> None:
    Image.fromarray(GREY8).save(tmp_path / "a.tif", tiffinfo={262: 0})
    assert 255 - GREY8.tobytes()[0] in (tmp_path / "a.tif").read_bytes()  # Pillow turns the values over on writing
    assert np.array_equal(read_raster(str(tmp_path / "a.tif")).pixels, GREY8)


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GREY8).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_raster(str(tmp_path / "a.png")).pixels, np.rot90(GREY8, -1))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_truncated_files_are_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(RNG.integers(0, 256, (64, 64)).astype(np.uint8)).save(path)
    whole = path.read_bytes()
    for share in (0.3, 0.6, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert offence(path).kind == "unreadable"


def test_what_is_no_image_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("%!PS-Adobe-3.0 EPSF-3.0")
    (tmp_path / "b.png").write_bytes(b"")
    for name in ("a.png", "b.png", "missing.png"):
        assert offence(tmp_path / name).kind == "unreadable"
        assert not raster_is_wide(str(tmp_path / name))


def test_several_frames_are_refused(tmp_path: Path) -> None:
    first, second = Image.fromarray(GREY8), Image.fromarray(GREY8)
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    assert offence(tmp_path / "a.tif").kind == "frames"


@pytest.mark.parametrize(
    ("value", "dtype", "kind"),
    [
        (70000, np.int32, "overflow"),
        (-1, np.int32, "overflow"),
        (0.5, np.float32, "overflow"),
        (np.nan, np.float32, "nan"),
    ],
)
def test_32_bits_must_fit(tmp_path: Path, value: float, dtype: type, kind: str) -> None:
    pixels = np.full((4, 4), 7, dtype=dtype)
    pixels[0, 0] = value
    Image.fromarray(pixels).save(tmp_path / "a.tif")
    assert offence(tmp_path / "a.tif").kind == kind


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_32_bits_that_fit_become_16(tmp_path: Path, dtype: type) -> None:
    Image.fromarray(GREY16.astype(dtype)).save(tmp_path / "a.tif")
    read = read_raster(str(tmp_path / "a.tif")).pixels
    assert read.dtype == np.uint16
    assert np.array_equal(read, GREY16)
