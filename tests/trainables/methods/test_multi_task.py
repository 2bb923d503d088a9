"""`mtl` is both single tasks at once, from labelled images: Dice for S, cross entropy for C on both kinds of masks."""

from collections.abc import Callable
from dataclasses import replace

import torch

from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.training.batches import Batch
from stepped import same, stepped

Make = Callable[..., Learner]


def test_its_losses_are_dice_and_two_cross_entropies(make_learner: Make, batch: Batch) -> None:
    found = make_learner("mtl").step(batch, 0, 1.0)
    parts = {"loss/class_real", "loss/class_predicted"}
    assert found.keys() == {*parts, "loss/discriminator", "loss/generalised_dice", "loss/generator"}
    assert torch.equal(found["loss/discriminator"], found["loss/class_real"] + found["loss/class_predicted"])
    assert torch.equal(found["loss/generator"], found["loss/generalised_dice"])


def test_s_trains_as_unet_bit_for_bit(make_learner: Make, batch: Batch) -> None:
    both, single = make_learner("mtl"), make_learner("unet")
    stepped(both, batch)
    stepped(single, batch)
    assert same(both.modules["generator"], single.modules["generator"])


def test_unlabelled_images_are_not_looked_at(make_learner: Make, batch: Batch) -> None:
    one, other = make_learner("mtl"), make_learner("mtl")
    assert stepped(one, batch) == stepped(other, replace(batch, unlabelled=batch.unlabelled + 3))
