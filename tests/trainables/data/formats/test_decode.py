from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from s4mcl_trainables.data.formats.decode import decode_image, decode_mask, is_wide
from s4mcl_trainables.data.sources.offences import Offence

INSIDE = np.zeros((32, 32), dtype=bool)
INSIDE[8:20, 5:25] = True


def save(path: Path, pixels: np.ndarray) -> str:
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.mark.parametrize("top", [1, 128, 255, 65535])
def test_masks_of_two_values(tmp_path: Path, top: int) -> None:
    pixels = (INSIDE * top).astype(np.uint16 if top > 255 else np.uint8)
    assert np.array_equal(decode_mask(save(tmp_path / "m.png", pixels)), INSIDE)


def test_one_bit_colour_and_palette_masks(tmp_path: Path) -> None:
    grey = Image.fromarray((INSIDE * 255).astype(np.uint8))
    for mode in ("1", "RGB", "RGBA", "P"):
        grey.convert(mode).save(tmp_path / "m.png")
        assert np.array_equal(decode_mask(str(tmp_path / "m.png")), INSIDE)


def test_empty_and_full_masks(tmp_path: Path) -> None:
    assert not decode_mask(save(tmp_path / "m.png", np.zeros((4, 4), np.uint8))).any()
    assert decode_mask(save(tmp_path / "m.png", np.full((4, 4), 255, np.uint8))).all()


@pytest.mark.parametrize(
    ("name", "pixels", "kind", "found"),
    [
        ("m.png", INSIDE * np.uint8(200) + np.eye(32, dtype=np.uint8), "grey_mask", "values were found (0, 1"),
        ("m.png", np.full((4, 4), 7, np.uint8), "grey_mask", "every pixel is 7"),
        ("m.png", INSIDE.astype(np.uint8) + np.uint8(1), "grey_mask", "2 values were found (1, 2)"),
        ("m.jpg", (INSIDE * 255).astype(np.uint8), "jpeg_mask", "values were found"),
    ],
)
def test_grey_masks(tmp_path: Path, name: str, pixels: np.ndarray, kind: str, found: str) -> None:
    with pytest.raises(Offence) as caught:
        decode_mask(save(tmp_path / name, pixels))
    assert caught.value.kind == kind
    assert found in caught.value.text


def test_constant_images(tmp_path: Path) -> None:
    with pytest.raises(Offence) as caught:
        decode_image(save(tmp_path / "a.png", np.full((4, 4), 7, np.uint8)))
    assert (caught.value.kind, caught.value.text) == ("constant", "every pixel is 7")


def test_depth_comes_from_the_header(tmp_path: Path) -> None:
    assert not is_wide(save(tmp_path / "a.png", INSIDE.astype(np.uint8)))
    assert is_wide(save(tmp_path / "b.png", INSIDE.astype(np.uint16)))
