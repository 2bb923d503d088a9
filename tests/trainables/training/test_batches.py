from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.seeds import generator
from s4mcl_trainables.training.batches import Batches
from s4mcl_trainables.training.passes import Passes


@given(st.integers(1, 12), st.integers(1, 15), st.integers(0, 100))
def test_each_pass_holds_every_row_once(count: int, batch: int, seed: int) -> None:
    rows = np.arange(count) * 3 + 1
    passes = Passes(rows, batch, generator(seed, "draws"))
    drawn = torch.cat([passes.next() for _ in range(3 * count)])
    assert len(drawn) == 3 * count * batch
    for start in range(0, len(drawn) - count + 1, count):
        assert sorted(drawn[start : start + count].tolist()) == rows.tolist()


def test_passes_differ_and_five_images_fill_a_batch_of_ten() -> None:
    passes = Passes(np.arange(5), 10, generator(0, "draws"))
    drawn = [passes.next() for _ in range(5)]
    assert all(torch.bincount(each).tolist() == [2] * 5 for each in drawn)
    assert len({tuple(half.tolist()) for each in drawn for half in each.split(5)}) > 5


@given(st.integers(0, 30))
def test_restored_passes_go_on(steps: int) -> None:
    one, two = (Passes(np.arange(7), 4, generator(seed, "draws")) for seed in (0, 1))
    for _ in range(steps):
        one.next()
    two.restore(one.state())
    for _ in range(5):
        assert torch.equal(one.next(), two.next())


def test_no_rows_give_empty_batches() -> None:
    passes = Passes(np.empty(0, np.int64), 4, generator(0, "draws"))
    assert passes.next().tolist() == []
    assert passes.next().dtype == torch.int64


@pytest.fixture
def resident(shapes: Path) -> Resident:
    return Resident(open_dataset(shapes), 16, torch.device("cpu"))


def test_a_batch_holds_what_its_rows_hold(resident: Resident) -> None:
    batches = Batches(resident, np.array([3]), np.array([4, 5]), batch_labelled=2, batch_unlabelled=2, seed=0)
    batch = batches.draw()
    assert torch.equal(batch.images, resident.take(torch.tensor([3, 3])))
    assert torch.equal(batch.masks, resident.masks[[3, 3]].float())
    assert batch.classes.tolist() == [1, 1]
    assert sorted(batch.unlabelled.tolist()) == [4, 5]


def test_the_unlabelled_stream_shifts_nothing(resident: Resident) -> None:
    """A method that has no use for unlabelled images sees the same labelled batches."""
    drawn = []
    for unlabelled in (np.arange(20, 40), np.arange(20, 23), np.empty(0, np.int64)):
        batches = Batches(resident, np.arange(9), unlabelled, batch_labelled=4, batch_unlabelled=3, seed=1)
        drawn.append([batches.draw() for _ in range(6)])
    for one, two, three in zip(*drawn, strict=True):
        assert torch.equal(one.images, two.images)
        assert torch.equal(one.images, three.images)
