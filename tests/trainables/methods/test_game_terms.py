"""The losses of the game against the formulas, written out anew."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from s4mcl_trainables.losses.generalised_dice import generalised_dice_loss
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.game_hyperparameters import ramp
from s4mcl_trainables.training.batches import Batch

MakeGame = Callable[..., Game]


def softplus(logit: Tensor) -> float:
    return F.softplus(logit).mean().item()


def pairs(game: Game, batch: Batch) -> dict[str, Tensor]:
    """C's raw outputs on the three kinds of pairs, and what S says; without dropout, so nothing is random."""
    assert game.transforms is not None
    game.streams["transforms"].manual_seed(5)
    x_u, tau = game._transformed(batch)
    game.streams["transforms"].manual_seed(5)
    y_l, y_u = game.generator(batch.images), game.generator(x_u)
    judge = game.discriminator
    return {
        "real": judge(torch.cat([batch.images, batch.masks], 1)),
        "fake": judge(torch.cat([batch.images, y_l], 1)),
        "free": judge(torch.cat([x_u, y_u], 1)),
        "tau": tau,
        "y_l": y_l,
    }


@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_terms_of_c(make_game: MakeGame, batch: Batch, alpha: float) -> None:
    game = make_game(dropout=0.0, alpha=alpha, discriminator_adversarial_weight=0.7, class_on_predicted=True)
    with torch.no_grad():
        found = pairs(game, batch)
    terms = {name: value.item() for name, value in game.step(batch, 0, 1.0).items()}
    real, fake, free = found["real"], found["fake"], found["free"]
    expected = {
        "loss/class_real": F.cross_entropy(real[:, :2], batch.classes).item(),
        "loss/class_predicted": F.cross_entropy(fake[:, :2], batch.classes).item(),
        "loss/surrogate": F.cross_entropy(free[:, 2:8], found["tau"]).item(),
        "loss/adversarial_real": softplus(-real[:, 8]),
        "loss/adversarial_predicted_labelled": softplus(fake[:, 8]),
        "loss/adversarial_predicted_unlabelled": softplus(free[:, 8]),
        "discriminator/real_accuracy": (real[:, 8] > 0).float().mean().item(),
        "discriminator/fake_accuracy": (torch.cat([fake, free])[:, 8] <= 0).float().mean().item(),
        "discriminator/surrogate_accuracy": (free[:, 2:8].argmax(1) == found["tau"]).float().mean().item(),
    }
    for name, value in expected.items():
        assert terms[name] == pytest.approx(value, abs=1e-5), name
    total = (
        expected["loss/class_real"]
        + expected["loss/class_predicted"]
        + 0.7 * (expected["loss/adversarial_real"] + expected["loss/adversarial_predicted_labelled"])
        + alpha * (expected["loss/surrogate"] + 0.7 * expected["loss/adversarial_predicted_unlabelled"])
    )
    assert terms["loss/discriminator"] == pytest.approx(total, abs=1e-5)


@pytest.mark.parametrize("saturating", [False, True])
def test_terms_of_s_meet_the_new_c(make_game: MakeGame, batch: Batch, saturating: bool) -> None:
    game = make_game(dropout=0.0, alpha=0.3, adversarial_weight=0.02, saturating=saturating, discriminator_lr=0.01)
    with torch.no_grad():
        before = pairs(game, batch)
    dice = generalised_dice_loss(before["y_l"], batch.masks).item()
    s_before = {key: value.clone() for key, value in game.generator.state_dict().items()}
    terms = {name: value.item() for name, value in game.step(batch, 0, 1.0).items()}
    game.generator.load_state_dict(s_before)  # C has made its step; S had not when it was judged
    with torch.no_grad():
        after = pairs(game, batch)

    def passes(raw: Tensor) -> float:
        return -softplus(raw[:, 8]) if saturating else softplus(-raw[:, 8])

    assert terms["loss/generalised_dice"] == pytest.approx(dice, abs=1e-6)
    assert terms["loss/generator_adversarial_labelled"] == pytest.approx(passes(after["fake"]), abs=1e-5)
    assert terms["loss/generator_adversarial_unlabelled"] == pytest.approx(passes(after["free"]), abs=1e-5)
    assert passes(after["fake"]) != pytest.approx(passes(before["fake"]), abs=1e-4)
    total = dice + 0.02 * (passes(after["fake"]) + 0.3 * passes(after["free"]))
    assert terms["loss/generator"] == pytest.approx(total, abs=1e-5)


def test_s_first_meets_the_old_c(make_game: MakeGame, batch: Batch) -> None:
    game = make_game(dropout=0.0, order="sc", discriminator_lr=0.01, generator_lr=0.01)
    with torch.no_grad():
        found = pairs(game, batch)
    terms = {name: value.item() for name, value in game.step(batch, 0, 1.0).items()}
    assert terms["loss/generator_adversarial_labelled"] == pytest.approx(softplus(-found["fake"][:, 8]), abs=1e-5)
    assert terms["loss/adversarial_predicted_labelled"] == pytest.approx(softplus(found["fake"][:, 8]), abs=1e-5)


def test_softened_masks(make_game: MakeGame, batch: Batch) -> None:
    game = make_game(dropout=0.0, mask_softening=0.1)
    softened = torch.where(batch.masks > 0, 0.9, 0.1)
    with torch.no_grad():
        real = game.discriminator(torch.cat([batch.images, softened], 1))
    assert game.step(batch, 0, 1.0)["loss/adversarial_real"].item() == pytest.approx(softplus(-real[:, 8]), abs=1e-5)


def test_hard_masks_are_binary_and_pass_gradients(make_game: MakeGame) -> None:
    game = make_game(hard_masks=True)
    masks = torch.rand(2, 1, 16, 16, requires_grad=True)
    shown = game._shown(masks)
    assert set(shown.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(shown > 0.5, masks > 0.5)
    shown.mul(3).sum().backward()
    assert masks.grad is not None
    assert (masks.grad == 3).all()
    soft = make_game()
    assert soft._shown(masks) is masks


@pytest.mark.parametrize("hard", [False, True])
def test_classes_are_judged_on_the_masks_that_c_is_trained_on(make_game: MakeGame, batch: Batch, hard: bool) -> None:
    game = make_game(dropout=0.0, hard_masks=hard)
    with torch.no_grad():
        masks = game.generator(batch.images)
        shown = (masks > 0.5).float() if hard else masks
        expected = game.discriminator(torch.cat([batch.images, shown], 1))[:, :2]
        predicted = game.predict(batch.images)
    assert predicted.masks is not None
    assert predicted.class_logits is not None
    assert torch.equal(predicted.masks, masks)
    assert torch.allclose(predicted.class_logits, expected, atol=1e-6)


def test_ramps_of_alpha() -> None:
    assert [ramp("none", step, 4) for step in range(4)] == [1, 1, 1, 1]
    assert [ramp("linear", step, 4) for step in range(5)] == [0.25, 0.5, 0.75, 1, 1]
    assert ramp("sigmoid", 0, 1000) == pytest.approx(math.exp(-5 * 0.999**2))
    assert ramp("sigmoid", 999, 1000) == 1


def test_a_ramp_weighs_the_unlabelled_terms(make_game: MakeGame, batch: Batch) -> None:
    terms = {
        name: value.item() for name, value in make_game(alpha=2.0, alpha_ramp="linear").step(batch, 4, 1.0).items()
    }
    free = terms["loss/surrogate"] + terms["loss/adversarial_predicted_unlabelled"]
    bound = (
        terms["loss/class_real"] + terms["loss/adversarial_real"] + terms["loss/adversarial_predicted_labelled"]
    )  # alpha is 2 * 5/10 at the fifth of ten steps
    assert terms["loss/discriminator"] == pytest.approx(bound + free, abs=1e-5)
