from pathlib import Path

import numpy as np
import pytest
import torch

from s4mcl_trainables.data.dataset import INDEX_SCHEMA, Dataset, open_dataset, write_description
from s4mcl_trainables.data.resident import Resident, moments
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.transforms import TransformSet
from shapes_dataset import write_shapes

CPU = torch.device("cpu")


def test_images_have_mean_0_and_deviation_1(shapes: Path) -> None:
    dataset = open_dataset(shapes)
    for size in (32, 16):
        images = Resident(dataset, size, CPU).take(torch.tensor([3, 0, 3]))
        assert images.shape == (3, 1, size, size)
        assert images.dtype == torch.float32
        assert torch.allclose(images.mean((1, 2, 3)), torch.zeros(3), atol=1e-5)
        assert torch.allclose(images.std((1, 2, 3), unbiased=False), torch.ones(3), atol=1e-5)
        assert torch.equal(images[0], images[2])


def test_transformed_images_are_the_images_transformed(shapes: Path) -> None:
    resident = Resident(open_dataset(shapes), 16, CPU)
    transforms = TransformSet(["identity", "hflip", "rot90", "transpose"])
    rows, tau = torch.tensor([4, 9, 9, 1, 0]), torch.tensor([0, 1, 2, 3, 2])
    assert torch.equal(resident.take_transformed(rows, transforms, tau), transforms.apply(resident.take(rows), tau))


def test_smaller_sizes_are_averages(shapes: Path) -> None:
    dataset = open_dataset(shapes)
    resident = Resident(dataset, 16, CPU)
    quarters = np.asarray(dataset.images).reshape(48, 1, 16, 2, 16, 2).mean((3, 5))
    assert np.abs(resident.images.numpy() - quarters).max() <= 0.5
    shares = np.asarray(dataset.masks).reshape(48, 1, 16, 2, 16, 2).mean((3, 5))
    assert np.array_equal(resident.masks.numpy(), shares > 0.5)
    assert resident.take_masks(torch.tensor([1])).unique().tolist() == [0, 1]
    assert resident.classes.tolist() == dataset.labels.tolist()


@pytest.mark.parametrize("size", [32, 16])
def test_hidden_rows_have_neither_mask_nor_class(shapes: Path, size: int) -> None:
    dataset = open_dataset(shapes)
    hidden = np.array([0, 5, 47])
    whole, without = Resident(dataset, size, CPU), Resident(dataset, size, CPU, hidden)
    seen = np.setdiff1d(np.arange(48), hidden)
    assert not without.masks[hidden].any()
    assert without.classes[hidden].tolist() == [-1, -1, -1]
    assert torch.equal(without.masks[seen], whole.masks[seen])
    assert torch.equal(without.classes[seen], whole.classes[seen])
    assert torch.equal(without.images, whole.images)
    assert dataset.masks[0].any()
    assert dataset.labels[0] == 0


def test_larger_sizes_are_refused(shapes: Path) -> None:
    with pytest.raises(InputError, match=r"image_size=64 is larger .*\(32\)"):
        Resident(open_dataset(shapes), 64, CPU)


def sixteen_bits(path: Path, pixels: np.ndarray) -> Dataset:
    write_shapes(path, images=len(pixels), size=pixels.shape[-1])
    np.save(path / "images.npy", pixels)
    write_description(path, name="deep", classes=("disc", "bar"), source={}, index=open_dataset(path).index)
    assert open_dataset(path).index.schema == INDEX_SCHEMA
    return open_dataset(path)


def test_sixteen_bits(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (4, 1, 16, 16)).astype(np.uint16)
    resident = Resident(sixteen_bits(tmp_path / "d", pixels), 16, CPU)
    expected = (pixels - pixels.mean((1, 2, 3), keepdims=True)) / pixels.std((1, 2, 3), keepdims=True)
    assert np.allclose(resident.take(torch.arange(4)).numpy(), expected, atol=1e-4)
    turned = resident.take_transformed(torch.arange(4), TransformSet(["identity", "rot90"]), torch.tensor([0, 1, 1, 0]))
    assert np.allclose(turned[1].numpy(), np.rot90(expected[1], 1, (1, 2)), atol=1e-4)


@pytest.mark.parametrize("value", [0, 1, 40_001, 65_535])
def test_a_constant_image_becomes_zeros(tmp_path: Path, value: int) -> None:
    """In float32 the mean of 16,384 pixels of 40,001 is not 40,001."""
    pixels = np.full((2, 1, 128, 128), value, np.uint16)
    mean, deviation = moments(pixels)
    assert mean.dtype == deviation.dtype == np.float32
    assert mean.tolist() == [value, value]
    resident = Resident(sixteen_bits(tmp_path / "d", pixels), 128, CPU)
    assert (resident.take(torch.arange(2)) == 0).all()
