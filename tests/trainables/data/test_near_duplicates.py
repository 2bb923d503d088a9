import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from s4mcl_trainables.data.near_duplicates import clusters, near_duplicates
from s4mcl_trainables.data.thumbnails import area_weights, thumbnails


def smooth(count: int, size: int = 128) -> np.ndarray:
    """[count,1,size,size] images that look like nothing else."""
    noise = np.random.default_rng(0).normal(size=(count, size, size))
    blurred = gaussian_filter(noise, (0, 8, 8))
    return np.clip(128 + 800 * blurred, 0, 255).astype(np.uint8)[:, None]


def test_copies_that_were_changed_a_little_are_found() -> None:
    images = smooth(60)
    rng = np.random.default_rng(1)
    images[50] = np.clip(images[3].astype(int) + rng.integers(-8, 9, images[3].shape), 0, 255)  # noise
    images[51] = (images[7] * 0.8 + 20).astype(np.uint8)  # contrast
    images[52] = np.roll(images[9], 1, axis=2)  # a pixel aside
    images[53] = images[50]
    pairs = near_duplicates(images).tolist()
    assert {(3, 50), (7, 51), (9, 52), (3, 53), (50, 53)} == {tuple(pair) for pair in pairs}
    assert clusters(np.array(pairs)) == [[3, 50, 53], [7, 51], [9, 52]]


def test_depth_does_not_matter() -> None:
    images = smooth(20)
    images[11] = images[2]
    assert near_duplicates(images).tolist() == near_duplicates(images.astype(np.uint16) * 257).tolist() == [[2, 11]]


def test_a_crowd_of_equals_is_one_cluster_without_all_its_pairs() -> None:
    images = np.repeat(smooth(1), 1500, axis=0)
    pairs = near_duplicates(images)
    assert len(pairs) < 1500 * 8 * 16
    assert [len(cluster) for cluster in clusters(pairs)] == [1500]


def test_none_and_one() -> None:
    assert near_duplicates(smooth(1)).shape == (0, 2)
    assert near_duplicates(smooth(0)).shape == (0, 2)
    assert clusters(np.empty((0, 2), dtype=np.int64)) == []


@given(st.integers(1, 50), st.integers(1, 50))
def test_area_weights_are_means_that_use_every_pixel_alike(source: int, target: int) -> None:
    weights = area_weights(source, target)
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(weights.sum(axis=0), target / source, atol=1e-4)


def test_thumbnails_are_block_means() -> None:
    images = smooth(300)
    small = np.concatenate(list(thumbnails(images, 8, 8)))
    assert np.allclose(small, images[:, 0].reshape(300, 8, 16, 8, 16).mean(axis=(2, 4)), atol=0.01)
