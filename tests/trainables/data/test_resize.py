import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from s4mcl_trainables.data.resize import resize_image, resize_mask


def test_the_same_size_changes_nothing() -> None:
    grey = np.random.default_rng(0).integers(0, 65536, (16, 16)).astype(np.uint16)
    assert np.array_equal(resize_image(grey, 16, wide=True), grey)
    assert np.array_equal(resize_image((grey >> 8).astype(np.uint8), 16, wide=False), grey >> 8)


def test_8_bits_fill_16() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(resize_image(grey, 16, wide=True), grey.astype(np.uint16) * 257)


def test_small_differences_survive_at_16_bits() -> None:
    grey = np.repeat(np.arange(30000, 30064, dtype=np.uint16)[:, None], 64, axis=1)
    small = resize_image(grey, 16, wide=True)
    assert small.dtype == np.uint16
    assert len(np.unique(small)) == 16


def test_edges_do_not_wrap_around() -> None:
    grey = np.zeros((64, 64), dtype=np.uint16)
    grey[:, 32:] = 65535
    small = resize_image(grey, 20, wide=True)
    assert small[:, :8].max() < 3000
    assert small[:, 12:].min() > 62000


def test_downscaling_is_antialiased() -> None:
    fine = np.tile(np.array([[0, 255], [255, 0]], dtype=np.uint8), (64, 64))
    assert np.abs(resize_image(fine, 16, wide=False).astype(int) - 127).max() <= 2


@given(arrays(np.bool_, st.tuples(st.integers(3, 40), st.integers(3, 40))), st.integers(8, 40))
@settings(max_examples=50, deadline=None)
def test_masks_stay_binary_and_whole_ones_stay_whole(mask: np.ndarray, size: int) -> None:
    small = resize_mask(mask, size)
    assert small.shape == (size, size)
    assert small.dtype == np.uint8
    assert small.max() <= 1
    assert (resize_mask(np.ones_like(mask), size) == 1).all()
    assert (resize_mask(np.zeros_like(mask), size) == 0).all()


def test_a_mask_pixel_is_inside_by_the_majority_of_its_area() -> None:
    mask = np.zeros((16, 16), dtype=bool)
    mask[0, 0] = True  # 1 of 4
    mask[2:4, 0:2] = [[True, True], [True, False]]  # 3 of 4
    small = resize_mask(mask, 8)
    assert (small[0, 0], small[1, 0], small.sum()) == (0, 1, 1)
