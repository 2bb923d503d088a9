"""Class-balanced sampling and light augmentation of the labelled images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_trainables.augmentation import LIGHT_INTENSITY
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.generic import ALL_OFF, Generic
from s4mcl_trainables.seeds import generator
from s4mcl_trainables.training.balanced import BalancedPasses
from s4mcl_trainables.training.batches import Batch, Batches
from s4mcl_trainables.training.passes import Passes
from s4mcl_trainables.transforms import ELEMENTS

LIGHT = Generic(augmentation="light")


@pytest.fixture(scope="module")
def resident(shapes: Path) -> Resident:
    return Resident(open_dataset(shapes), 16, torch.device("cpu"))


def batches_of(resident: Resident, parts: Generic, seed: int = 0) -> Batches:
    return Batches(
        resident, np.arange(12), np.arange(20, 30), batch_labelled=6, batch_unlabelled=3, seed=seed, parts=parts
    )


@given(st.lists(st.sampled_from([0, 1, 4]), min_size=1, max_size=15), st.integers(1, 13), st.integers(0, 50))
def test_classes_have_equal_shares_of_each_batch(classes: list[int], batch: int, seed: int) -> None:
    labels = np.array(classes)
    passes = BalancedPasses(np.arange(len(labels)) * 2, labels, batch, generator(seed, "draws"))
    total = np.zeros(5, int)
    for _ in range(6):
        rows = passes.next().numpy()
        assert rows.shape == (batch,)
        counts = np.bincount(labels[rows // 2], minlength=5)
        total += counts
        present = counts[np.unique(labels)]
        assert present.max() - present.min() <= 1
    assert np.ptp(total[np.unique(labels)]) <= 1


def test_images_of_a_class_come_in_passes() -> None:
    """Nine images of one class and one of the other, batches of four."""
    labels = np.array([0] * 9 + [1])
    passes = BalancedPasses(np.arange(10), labels, 4, generator(0, "draws"))
    drawn = torch.cat([passes.next() for _ in range(18)])
    of_first = drawn[drawn < 9]
    assert len(of_first) == 36
    for start in range(0, 36, 9):
        assert sorted(of_first[start : start + 9].tolist()) == list(range(9))


def test_images_without_a_class_keep_their_share() -> None:
    labels = np.array([-1, -1, -1, 0, 0, 1])
    passes = BalancedPasses(np.arange(6), labels, 6, generator(0, "draws"))
    for _ in range(5):
        rows = passes.next()
        assert sorted(rows[rows < 3].tolist()) == [0, 1, 2]
        assert sorted(labels[rows].tolist())[3:] in ([0, 0, 1], [0, 1, 1])


def test_without_classes_it_draws_what_is_there() -> None:
    rows, none = np.arange(5), np.full(5, -1)
    balanced, plain = BalancedPasses(rows, none, 3, generator(0, "a")), Passes(rows, 3, generator(0, "a"))
    assert all(torch.equal(balanced.next(), plain.next()) for _ in range(9))


def aligned(batch: Batch, resident: Resident, row: int, place: int) -> list[str]:
    """The symmetries under which both image and mask of a place are those of a dataset's row."""
    image, mask = resident.take(torch.tensor([row]))[0], resident.take_masks(torch.tensor([row]))[0]
    found = []
    for name, move in ELEMENTS.items():
        x = move(image)
        gain = ((batch.images[place] - batch.images[place].mean()) * (x - x.mean())).mean() / x.var(correction=0)
        shift = batch.images[place].mean() - gain * x.mean()
        fits = torch.allclose(batch.images[place], gain * x + shift, atol=1e-4)
        if fits and abs(gain - 1) <= LIGHT_INTENSITY + 1e-4 and abs(shift) <= LIGHT_INTENSITY + 1e-4:
            found.append(name)
            assert torch.equal(batch.masks[place], move(mask))
    return found


def test_images_and_masks_are_turned_alike(resident: Resident) -> None:
    """Each place is a row of the dataset under one symmetry, its intensities changed by a tenth at most."""
    light, plain = batches_of(resident, LIGHT), batches_of(resident, ALL_OFF)
    seen: set[str] = set()
    for _ in range(10):
        batch, other = light.draw(), plain.draw()
        assert torch.equal(batch.classes, other.classes)
        assert torch.equal(batch.unlabelled, other.unlabelled)
        assert not torch.equal(batch.images, other.images)
        rows = [_row_of(other, resident, place) for place in range(6)]
        for place, row in enumerate(rows):
            names = aligned(batch, resident, row, place)
            assert names
            seen |= set(names)
    assert seen == set(ELEMENTS)


def _row_of(batch: Batch, resident: Resident, place: int) -> int:
    every = resident.take(torch.arange(12))
    return next(row for row in range(12) if torch.equal(every[row], batch.images[place]))


@pytest.mark.parametrize(
    "parts", [LIGHT, Generic(class_balanced=True), Generic(class_balanced=True, augmentation="light")]
)
def test_restored_batches_go_on(resident: Resident, parts: Generic) -> None:
    one, two = batches_of(resident, parts), batches_of(resident, parts, seed=9)
    for _ in range(3):
        one.draw()
    two.restore(one.state())
    for _ in range(5):
        first, second = one.draw(), two.draw()
        assert torch.equal(first.images, second.images)
        assert torch.equal(first.masks, second.masks)
        assert torch.equal(first.unlabelled, second.unlabelled)
