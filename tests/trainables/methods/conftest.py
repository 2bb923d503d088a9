"""Learners and batches for the tests of the methods."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.game_hyperparameters import GameHyperparameters
from s4mcl_trainables.methods.learner import Learner, Problem
from s4mcl_trainables.methods.registry import build_learner
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.transforms import TransformSet

PROBLEM = Problem(
    classes=2,
    structures=1,
    width=4,
    depth=2,
    iterations=10,
    seed=3,
    device=torch.device("cpu"),
    precision=torch.float32,
)


@pytest.fixture(scope="session")
def resident(shapes: Path) -> Resident:
    return Resident(open_dataset(shapes), 16, torch.device("cpu"))


@pytest.fixture
def batch(resident: Resident) -> Batch:
    """Four labelled images, three unlabelled ones."""
    rows = torch.tensor([0, 1, 2, 3])
    return Batch(
        resident.take(rows), resident.take_masks(rows), resident.classes[rows], torch.tensor([4, 5, 6]), resident
    )


@pytest.fixture
def make_game() -> Callable[..., Game]:
    def make(name: str = "s4mcl", problem: Problem = PROBLEM, **given: Any) -> Game:
        plain = asdict(method_named(name).resolve(given))
        supervised = plain.pop("self_supervision", False)
        transforms = TransformSet(plain.pop("transforms")) if "transforms" in plain else None
        transforms = transforms if supervised else None
        return Game(problem, GameHyperparameters(**plain), transforms)

    return make


@pytest.fixture
def make_learner() -> Callable[..., Learner]:
    def make(name: str, problem: Problem = PROBLEM, **given: Any) -> Learner:
        return build_learner(method_named(name), problem, given)

    return make


@pytest.fixture
def without_unlabelled(batch: Batch) -> Batch:
    return replace(batch, unlabelled=batch.unlabelled[:0])
