"""`ssl_cls` adds naming the transforms of unlabelled images to a classifier of images (SESEMI, Tran 2019)."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.ssl_cls import SelfSupervisedCNN
from s4mcl_trainables.training.batches import Batch
from stepped import stepped

Make = Callable[..., Learner]


def test_six_surrogate_classes_beside_the_real_ones(make_learner: Make, batch: Batch) -> None:
    """Where the network knows nothing, its losses are log 2 and log 6."""
    learner = make_learner("ssl_cls", alpha=0.5)
    assert isinstance(learner, SelfSupervisedCNN)
    for parameter in learner.network.head.parameters():
        torch.nn.init.zeros_(parameter)
    found = learner.step(batch, 0, 1.0)
    assert found["loss/class_real"].item() == pytest.approx(math.log(2))
    assert found["loss/surrogate"].item() == pytest.approx(math.log(6))
    assert found["loss/discriminator"].item() == pytest.approx(math.log(2) + 0.5 * math.log(6))


def test_it_predicts_the_real_classes_alone(make_learner: Make, batch: Batch) -> None:
    predicted = make_learner("ssl_cls").predict(batch.images)
    assert predicted.masks is None
    assert predicted.class_logits is not None
    assert predicted.class_logits.shape == (4, 2)


def test_masks_are_not_looked_at(make_learner: Make, batch: Batch) -> None:
    one, other = make_learner("ssl_cls"), make_learner("ssl_cls")
    assert stepped(one, batch) == stepped(other, replace(batch, masks=1 - batch.masks))


def test_without_its_weight_no_transform_is_drawn(make_learner: Make, batch: Batch) -> None:
    learner = make_learner("ssl_cls", alpha=0.0)
    before = learner.streams["transforms"].get_state()
    assert "loss/surrogate" not in learner.step(batch, 0, 1.0)
    assert torch.equal(learner.streams["transforms"].get_state(), before)
