"""Test-time averaging turns with the image."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from s4mcl_trainables.methods import start_training
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.training.run import Run
from s4mcl_trainables.training.symmetries import said
from s4mcl_trainables.transforms import ELEMENTS, NAMES
from small_assignment import small_assignment


def learner_of(shapes: Path, folder: Path, method: str, averaging: str = "d4") -> Learner:
    run = start_training(
        small_assignment(
            shapes, folder, method, hyperparameters={"test_time_averaging": averaging, "generator_lr": 0.01}
        )
    )
    assert isinstance(run, Run)
    run.train(3)
    for module in run.learner.modules.values():
        module.eval().requires_grad_(False)
    return run.learner


@pytest.fixture
def images() -> Tensor:
    return torch.randn(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", NAMES)
def test_to_turn_an_image_is_to_turn_its_mask(shapes: Path, tmp_path: Path, images: Tensor, name: str) -> None:
    learner, move = learner_of(shapes, tmp_path, "s4mcl"), ELEMENTS[name]
    still, moved = said(learner, images), said(learner, move(images))
    assert still.masks is not None
    assert moved.masks is not None
    assert torch.allclose(moved.masks, move(still.masks), atol=1e-6)
    assert still.class_logits is not None
    assert moved.class_logits is not None
    assert torch.allclose(moved.class_logits, still.class_logits, atol=1e-5)


def test_without_it_a_network_does_not_turn(shapes: Path, tmp_path: Path, images: Tensor) -> None:
    learner = learner_of(shapes, tmp_path, "s4mcl", "none")
    still, moved = said(learner, images).masks, said(learner, images.flip(-1)).masks
    assert still is not None
    assert moved is not None
    assert (moved - still.flip(-1)).abs().max() > 1e-3


def test_probabilities_are_averaged_and_not_logits(shapes: Path, tmp_path: Path, images: Tensor) -> None:
    learner = learner_of(shapes, tmp_path, "s4mcl")
    logits = [learner.predict(move(images)).class_logits for move in ELEMENTS.values()]
    found = said(learner, images).class_logits
    assert found is not None
    expected = torch.stack([each.softmax(1) for each in logits if each is not None]).mean(0)
    assert torch.allclose(found.exp(), expected, atol=1e-6)
    assert torch.allclose(found.softmax(1), expected, atol=1e-6)


def test_a_task_that_is_lacking_stays_lacking(shapes: Path, tmp_path: Path, images: Tensor) -> None:
    assert said(learner_of(shapes, tmp_path / "a", "unet"), images).class_logits is None
