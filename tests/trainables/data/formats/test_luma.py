import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from s4mcl_trainables.data.formats.luma import luma


def test_8_bits_are_pillow_s_own() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert np.array_equal(luma(colour), np.asarray(Image.fromarray(colour).convert("L")))


@given(st.integers(0, 65535))
def test_equal_channels_keep_their_value(value: int) -> None:
    assert luma(np.full((1, 1, 3), value, dtype=np.uint16))[0, 0] == value
    assert luma(np.full((1, 1, 4), value % 256, dtype=np.uint8))[0, 0] == value % 256
