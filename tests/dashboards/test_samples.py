from pathlib import Path

import numpy as np
import pytest

from s4mcl_dashboards.samples import read_prediction, read_samples
from s4mcl_trainables.problems import InputError


def write_prediction(path: Path, masks: np.ndarray, **further: np.ndarray) -> None:
    packed = np.packbits(masks.reshape(len(masks), -1), axis=1)
    np.savez(path, rows=np.arange(10, 10 + len(masks)), masks=packed, mask_shape=np.array(masks.shape[1:]), **further)


def test_masks_come_back_as_they_were(tmp_path: Path) -> None:
    masks = (np.random.default_rng(0).random((4, 1, 5, 7)) > 0.5).astype(np.uint8)  # 35 bits: the last byte is padded
    write_prediction(tmp_path / "p.npz", masks, dice=np.array([0.1, 0.2, 0.3, 0.4], np.float32))
    prediction = read_prediction(tmp_path / "p.npz", np.array([13, 11, 99]))
    assert prediction is not None
    assert prediction.rows.tolist() == [11, 13]
    assert np.array_equal(prediction.masks, masks[[1, 3]])
    assert prediction.dice is not None
    assert prediction.dice == pytest.approx([0.2, 0.4], rel=1e-6)
    assert (prediction.place(13), prediction.place(99)) == (1, None)


def test_a_classifier_predicts_no_masks(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", rows=np.arange(3), class_probabilities=np.ones((3, 2)))
    assert read_prediction(tmp_path / "p.npz", np.arange(3)) is None


def test_samples_of_any_depth_become_grey_bytes(tmp_path: Path) -> None:
    images = np.array([0, 500, 1000, 1000], np.uint16).reshape(1, 1, 2, 2)
    np.savez(
        tmp_path / "s.npz", rows=np.array([3]), images=images, masks=np.full((1, 1, 2, 2), 255), labels=np.array([1])
    )
    samples = read_samples(tmp_path / "s.npz")
    assert samples.images.tolist() == [[[0, 128], [255, 255]]]
    assert samples.masks.max() == 1


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04broken"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"s\.npz cannot be read"):
        read_samples(tmp_path / "s.npz")
    with pytest.raises(InputError, match=r"s\.npz cannot be read"):
        read_prediction(tmp_path / "s.npz", np.arange(1))


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", rows=np.arange(2), images=np.zeros((2, 1, 4, 4)), masks=np.zeros((2, 1, 5, 5)))
    with pytest.raises(InputError, match=r"masks \(2, 1, 5, 5\)"):
        read_samples(tmp_path / "s.npz")
    np.savez(tmp_path / "p.npz", rows=np.arange(2), masks=np.zeros((2, 3), np.uint8), mask_shape=np.array([1, 4, 4]))
    with pytest.raises(InputError, match="packed bits"):
        read_prediction(tmp_path / "p.npz", np.arange(2))


def test_pickles_are_never_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", rows=np.array([{}], dtype=object), images=np.zeros(1), masks=np.zeros(1))
    with pytest.raises(InputError, match="cannot be read"):
        read_samples(tmp_path / "s.npz")
