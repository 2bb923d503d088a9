"""Which gradients flow where in the game."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from s4mcl_trainables.losses.generalised_dice import generalised_dice_loss
from s4mcl_trainables.methods.game import Game, Round
from s4mcl_trainables.methods.work import alone
from s4mcl_trainables.training.batches import Batch

MakeGame = Callable[..., Game]
LAYOUTS = ["heads", "factorised", "joint"]


def gradients(module: nn.Module) -> list[Tensor | None]:
    return [None if each.grad is None else each.grad.clone() for each in module.parameters()]


def round_of(game: Game, batch: Batch, alpha: float = 1.0) -> Round:
    free, tau = game._transformed(batch)
    masks = alone(lambda: game._segment(batch.images, free), game.micro)
    return Round(batch, torch.cat([batch.images, free]), masks, tau, alpha, 1.0)


def step_c(game: Game, this: Round) -> None:
    alone(lambda: game._step_c(this), game.micro)


def step_s(game: Game, this: Round) -> None:
    alone(lambda: game._step_s(this), game.micro)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("hard", [False, True])
def test_a_step_of_c_leaves_s_without_gradients(make_game: MakeGame, batch: Batch, layout: str, hard: bool) -> None:
    game = make_game(layout=layout, hard_masks=hard, class_on_predicted=True)
    step_c(game, round_of(game, batch))
    assert all(found is None for found in gradients(game.generator))
    assert all(found is not None for found in gradients(game.discriminator))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("hard", [False, True])
def test_a_step_of_s_leaves_c_without_gradients(make_game: MakeGame, batch: Batch, layout: str, hard: bool) -> None:
    game = make_game(layout=layout, hard_masks=hard)
    before = {key: value.clone() for key, value in game.discriminator.state_dict().items()}
    step_s(game, round_of(game, batch))
    assert all(found is None for found in gradients(game.discriminator))
    assert all(found is not None for found in gradients(game.generator))
    assert all(torch.equal(before[key], value) for key, value in game.discriminator.state_dict().items())
    assert all(parameter.requires_grad for parameter in game.discriminator.parameters())


@pytest.mark.parametrize("order", ["cs", "sc"])
def test_a_whole_step_gives_each_network_its_own_gradients(make_game: MakeGame, batch: Batch, order: str) -> None:
    """C's gradients after a whole step are those of its own loss, whichever network goes first."""
    whole, by_hand = make_game(order=order, dropout=0.0), make_game(order=order, dropout=0.0)
    whole.step(batch, 0, 1.0)
    this = round_of(by_hand, batch)
    step_c(by_hand, this)
    for one, two in zip(gradients(whole.discriminator), gradients(by_hand.discriminator), strict=True):
        assert one is not None
        assert two is not None
        assert torch.equal(one, two)


def test_the_adversarial_term_reaches_s_through_the_unlabelled_masks(make_game: MakeGame, batch: Batch) -> None:
    def of_unlabelled(**given: Any) -> Tensor:
        game = make_game(dropout=0.0, **given)
        this = round_of(game, batch)
        this.predicted.retain_grad()
        step_s(game, this)
        assert this.predicted.grad is not None
        return this.predicted.grad[len(batch.images) :]

    assert of_unlabelled().abs().max() > 0
    assert of_unlabelled(hard_masks=True).abs().max() > 0
    assert torch.allclose(of_unlabelled(adversarial_weight=0.02), 2 * of_unlabelled(adversarial_weight=0.01))


@pytest.mark.parametrize("name", ["s4mcl", "s4mcl_calm", "s4mcl_improved", "s2mcl", "s2mcl_k1"])
def test_with_alpha_0_no_gradient_depends_on_the_unlabelled_images(
    make_game: MakeGame, batch: Batch, name: str
) -> None:
    found = []
    for rows in ([4, 5, 6], [7, 8, 9]):
        game = make_game(name, alpha=0.0)
        terms = game.step(replace(batch, unlabelled=torch.tensor(rows)), 0, 1.0)
        terms = game.step(replace(batch, unlabelled=torch.tensor(rows)), 1, 1.0)
        found.append((terms, [*gradients(game.generator), *gradients(game.discriminator)]))
        assert not [term for term in terms if "unlabelled" in term or "surrogate" in term]
    (terms, one), (other_terms, other) = found
    assert terms == other_terms
    for first, second in zip(one, other, strict=True):
        assert torch.equal(first, second)


def test_with_alpha_above_0_they_do(make_game: MakeGame, batch: Batch) -> None:
    found = []
    for rows in ([4, 5, 6], [7, 8, 9]):
        game = make_game()
        game.step(replace(batch, unlabelled=torch.tensor(rows)), 0, 1.0)
        found.append([*gradients(game.generator), *gradients(game.discriminator)])
    assert not all(torch.equal(one, two) for one, two in zip(*found, strict=True))


@pytest.mark.parametrize("order", ["cs", "sc"])
def test_without_adversary_s_learns_from_its_own_loss_alone(make_game: MakeGame, batch: Batch, order: str) -> None:
    """With unlabelled images at hand: C still sees them, S does not."""
    game, by_hand = make_game(adversarial_weight=0.0, dropout=0.0, order=order), make_game("s2mcl", dropout=0.0)
    terms = game.step(batch, 0, 1.0)
    assert "loss/surrogate" in terms
    assert not [term for term in terms if term.startswith("loss/generator_adversarial")]
    assert torch.equal(terms["loss/generator"], terms["loss/generalised_dice"])
    generalised_dice_loss(by_hand.generator(batch.images), batch.masks).backward()
    for one, two in zip(gradients(game.generator), gradients(by_hand.generator), strict=True):
        assert one is not None
        assert two is not None
        assert torch.allclose(one, two, atol=1e-7)
