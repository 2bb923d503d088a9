"""Lanczos resizing gives Pillow's numbers to the bit, for every shape that it is used for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from s4mcl_trainables.data.lanczos import BITS, lanczos, weights
from s4mcl_trainables.data.resize import MANY, resize_image


def by_pillow(grey: np.ndarray, size: int) -> np.ndarray:
    return np.asarray(Image.fromarray(grey).resize((size, size), Image.Resampling.LANCZOS))


def noise(height: int, width: int, *, sharp: bool) -> np.ndarray:
    grey = np.random.default_rng(height * width).integers(0, 256, (height, width)).astype(np.uint8)
    return (grey > 127).astype(np.uint8) * np.uint8(255) if sharp else grey


@given(st.integers(1, 300), st.integers(1, 300), st.integers(8, 200), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_numbers_are_those_of_pillow(one: int, other: int, size: int, sharp: bool) -> None:
    grey = noise(min(one, other), max(one, other), sharp=sharp)
    assert np.array_equal(lanczos(grey, size), by_pillow(grey, size))


@pytest.mark.parametrize("shape", [(140, 160), (224, 224), (128, 128), (500, 500), (480, 640), (160, 140)])
def test_an_image_is_resized_alike_however_many_have_its_shape(shape: tuple[int, int]) -> None:
    grey = noise(*shape, sharp=False)
    expected = by_pillow(grey, 128)
    for _ in range(MANY + 2):
        assert np.array_equal(resize_image(grey, 128, wide=False), expected)


def test_weights_add_up() -> None:
    assert np.abs(weights(160, 128).sum(axis=1) - (1 << BITS)).max() <= 8
