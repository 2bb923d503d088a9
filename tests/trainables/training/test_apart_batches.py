"""Batches of images that do not all serve both tasks: some show a mask, some a class, some both."""

from pathlib import Path

import numpy as np
import pytest
import torch

from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.generic import Generic
from s4mcl_trainables.training.batches import Batches

MASKED, CLASSED = np.array([0, 2, 6]), np.array([1, 2, 3, 5])  # image 0 has no class, image 1 no mask


@pytest.fixture
def resident(partial_shapes: Path) -> Resident:
    return Resident(open_dataset(partial_shapes), 16, torch.device("cpu"))


def drawn(resident: Resident, seed: int = 0) -> Batches:
    sizes = {"batch_labelled": 3, "batch_unlabelled": 2}
    return Batches(resident, MASKED, np.arange(20, 30), **sizes, seed=seed, classed=CLASSED)


def test_two_groups_of_rows_show_what_they_may(resident: Resident) -> None:
    batches = drawn(resident)
    pictures = resident.take(torch.arange(48))
    for _ in range(8):
        batch = batches.draw()
        assert (batch.masked, batch.classed) == (slice(0, 3), slice(3, 6))
        assert batch.images.shape[0] == batch.masks.shape[0] == len(batch.classes) == 6
        rows = [int((pictures == image).flatten(1).all(1).nonzero()[0]) for image in batch.images]
        assert set(rows[batch.masked]) == set(MASKED.tolist())
        assert set(rows[batch.classed]) <= set(CLASSED.tolist())
        assert batch.has_mask is not None
        assert batch.has_mask.tolist() == [row in MASKED for row in rows], "a class's image may show its mask, too"
        assert batch.classes.tolist() == [row % 2 if row in CLASSED else -1 for row in rows]
        for row, mask in zip(rows, batch.masks, strict=True):
            assert torch.equal(mask, resident.masks[row].float() * (row in MASKED))


def test_streams_do_not_shift_one_another(resident: Resident) -> None:
    """The masks of a step are those that a method without classes sees."""
    apart = drawn(resident, seed=4)
    alone = Batches(resident, MASKED, np.arange(20, 30), batch_labelled=3, batch_unlabelled=2, seed=4)
    for _ in range(5):
        both, one = apart.draw(), alone.draw()
        assert torch.equal(both.images[both.masked], one.images)
        assert torch.equal(both.unlabelled, one.unlabelled)


def test_restored_batches_go_on(resident: Resident) -> None:
    one, other = drawn(resident), drawn(resident, seed=9)
    one.draw()
    other.restore(one.state())
    for _ in range(4):
        first, second = one.draw(), other.draw()
        assert torch.equal(first.images, second.images)


def test_class_balance_and_augmentation_act_on_them(resident: Resident) -> None:
    parts = Generic(class_balanced=True, augmentation="light")
    sizes = {"batch_labelled": 4, "batch_unlabelled": 2}
    batches = Batches(resident, MASKED, np.arange(20, 30), **sizes, seed=2, classed=CLASSED, parts=parts)
    for _ in range(6):
        batch = batches.draw()
        assert sorted(batch.classes[batch.classed].tolist()) == [0, 0, 1, 1], "three images of the four are bars"
        assert batch.has_mask is not None
        assert batch.has_mask[batch.masked].all()
        assert not batch.masks[~batch.has_mask].any()
        assert batch.masks[batch.has_mask].flatten(1).any(1).all()


def test_the_mean_is_over_rows_that_show_a_mask(resident: Resident) -> None:
    batch = drawn(resident).draw()
    assert batch.has_mask is not None
    values = torch.arange(6.0)
    assert batch.mean_masked(values).item() == pytest.approx(values[batch.has_mask].mean().item())
