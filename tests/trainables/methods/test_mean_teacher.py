"""`mean_teacher` against Tarvainen & Valpola 2017 and the numbers of SSL4MIS."""

import math
from collections.abc import Callable

import pytest
import torch

from s4mcl_trainables.losses.consistency import ramp_up
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.teacher import Taught
from s4mcl_trainables.networks.moving_average import decay_after
from s4mcl_trainables.training.batches import Batch
from stepped import same, stepped

Make = Callable[..., Learner]


def taught(make_learner: Make, **given: float | str) -> Taught:
    learner = make_learner("mean_teacher", **given)
    assert isinstance(learner, Taught)
    return learner


def test_the_ramp_is_that_of_ssl4mis() -> None:
    found = [ramp_up(position, 200) for position in (0, 100, 200, 300)]
    assert found == pytest.approx([math.exp(-5), math.exp(-1.25), 1, 1])
    assert ramp_up(0, 0) == 1


def test_the_decay_is_that_of_ssl4mis() -> None:
    assert [decay_after(step, 0.99) for step in (0, 1, 3, 99, 1000)] == pytest.approx([0, 0.5, 0.75, 0.99, 0.99])


def test_without_consistency_the_student_is_unet_bit_for_bit(make_learner: Make, batch: Batch) -> None:
    student, single = taught(make_learner, consistency=0.0), make_learner("unet")
    stepped(student, batch)
    stepped(single, batch)
    assert same(student.generator, single.modules["generator"])


def test_without_averaging_the_teacher_is_the_student(make_learner: Make, batch: Batch) -> None:
    learner = taught(make_learner, ema_decay=0.0)
    stepped(learner, batch)
    assert same(learner.teacher, learner.generator)
    learner = taught(make_learner)
    stepped(learner, batch)
    assert not same(learner.teacher, learner.generator)


def test_the_teacher_is_the_moving_average(make_learner: Make, batch: Batch) -> None:
    learner = taught(make_learner)
    wanted = [x.detach().clone() for x in learner.generator.parameters()]
    for step in range(4):
        learner.step(batch, step, 10.0)
        keep = min(1 - 1 / (step + 1), 0.99)
        pairs = zip(wanted, learner.generator.parameters(), strict=True)
        wanted = [keep * old + (1 - keep) * new.detach() for old, new in pairs]
    for found, average in zip(learner.teacher.parameters(), wanted, strict=True):
        assert torch.allclose(found, average, rtol=0, atol=1e-6)
        assert found.grad is None


def test_a_teacher_that_sees_what_the_student_sees_agrees_at_first(make_learner: Make, batch: Batch) -> None:
    found = taught(make_learner, noise=0.0, dropout=0.0).step(batch, 0, 1.0)
    assert found["loss/consistency"].item() == pytest.approx(0, abs=1e-9)
    assert taught(make_learner, dropout=0.0).step(batch, 0, 1.0)["loss/consistency"] > 1e-9


def test_the_weight_grows_to_a_tenth(make_learner: Make, batch: Batch) -> None:
    """10 iterations are the budget."""
    for iteration, weight in ((0, 0.1 * math.exp(-5)), (10, 0.1)):
        found = taught(make_learner).step(batch, iteration, 1.0)
        whole = found["loss/generalised_dice"] + weight * found["loss/consistency"]
        assert found["loss/generator"].item() == pytest.approx(whole.item(), abs=1e-6)


def test_noise_is_cut_at_twice_its_deviation(make_learner: Make) -> None:
    noise = taught(make_learner).noisy(torch.zeros(8, 1, 64, 64)).abs()
    assert noise.max().item() == pytest.approx(0.2)
    assert 0.05 < noise.mean() < 0.1


def test_either_can_predict(make_learner: Make, batch: Batch) -> None:
    for who, network in (("student", "generator"), ("teacher", "teacher")):
        learner = taught(make_learner, predict_by=who, dropout=0.0)
        stepped(learner, batch)
        masks = learner.predict(batch.images).masks
        assert masks is not None
        assert torch.equal(masks, learner.modules[network](batch.images))
