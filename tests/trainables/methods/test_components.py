"""What is gone from the game when a component is off, and when a component is off already."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from s4mcl_trainables.methods import method_named, start_training
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment

MakeGame = Callable[..., Game]

ALWAYS = {"loss/class_real", "loss/discriminator", "loss/generalised_dice", "loss/generator"}
ON_LABELLED = {"loss/adversarial_real", "loss/adversarial_predicted_labelled", "loss/generator_adversarial_labelled"}
ON_UNLABELLED = {"loss/adversarial_predicted_unlabelled", "loss/generator_adversarial_unlabelled"}
BY_S = {"loss/generator_adversarial_labelled", "loss/generator_adversarial_unlabelled"}
EVERY = ALWAYS | ON_LABELLED | ON_UNLABELLED | {"loss/surrogate"}


def without(*names: str, base: dict[str, Any] | None = None) -> dict[str, Any]:
    method = method_named("s4mcl")
    values = {**method.defaults, **(base or {})}
    for name in names:
        values = method.component(name).switched_off(values)
    return values


def losses(game: Game, batch: Batch) -> dict[str, Tensor]:
    return {name: value for name, value in game.step(batch, 0, 1.0).items() if name.startswith("loss/")}


@pytest.mark.parametrize(
    ("off", "present"),
    [
        ((), EVERY),
        (("self_supervision",), EVERY - {"loss/surrogate"}),
        (("adversarial_term",), EVERY - BY_S),  # C still computes its terms, at a weight of 0
        (("unlabelled_branch",), EVERY - ON_UNLABELLED - {"loss/surrogate"}),
        (("adversarial_on_labelled",), EVERY - ON_LABELLED),
        (("mask_input",), EVERY),
        (("unlabelled_branch", "adversarial_term", "adversarial_on_labelled"), ALWAYS | ON_LABELLED - BY_S),
        (("adversarial_on_labelled", "unlabelled_branch"), ALWAYS),
    ],
)
def test_exactly_these_terms(make_game: MakeGame, batch: Batch, off: tuple[str, ...], present: set[str]) -> None:
    assert set(losses(make_game(**without(*off)), batch)) == present


def test_without_the_adversarial_term_neither_network_is_moved_by_it(make_game: MakeGame, batch: Batch) -> None:
    found = losses(make_game(**{**without("adversarial_term"), "dropout": 0.0}), batch)
    assert found["loss/generator"] == found["loss/generalised_dice"]
    assert found["loss/discriminator"].item() == pytest.approx(
        (found["loss/class_real"] + found["loss/surrogate"]).item(), abs=1e-6
    )


def test_without_the_labelled_terms_the_losses_are_the_rest(make_game: MakeGame, batch: Batch) -> None:
    found = losses(make_game(**{**without("adversarial_on_labelled"), "alpha": 0.5, "adversarial_weight": 0.02}), batch)
    of_c = found["loss/class_real"] + 0.5 * (found["loss/surrogate"] + found["loss/adversarial_predicted_unlabelled"])
    of_s = found["loss/generalised_dice"] + 0.02 * 0.5 * found["loss/generator_adversarial_unlabelled"]
    assert found["loss/discriminator"].item() == pytest.approx(of_c.item(), abs=1e-6)
    assert found["loss/generator"].item() == pytest.approx(of_s.item(), abs=1e-6)


@pytest.mark.parametrize("mask_input", [True, False])
def test_c_without_masks_sees_images_alone_and_tells_s_nothing(
    make_game: MakeGame, batch: Batch, mask_input: bool
) -> None:
    game = make_game(mask_input=mask_input, dropout=0.0)
    other = torch.rand_like(batch.masks)

    def judged(masks: torch.Tensor) -> torch.Tensor:
        raw: torch.Tensor = game.discriminator(game._pairs(batch.images, masks))
        return raw

    assert torch.equal(judged(batch.masks), judged(other)) != mask_input
    zeros = game.discriminator(torch.cat([batch.images, torch.zeros_like(other)], 1))
    assert torch.equal(judged(other), zeros) != mask_input
    logits = game.predict(batch.images).class_logits
    assert logits is not None
    assert torch.equal(logits, zeros[:, :2]) != mask_input
    masks = other.requires_grad_()
    adversarial = game.layout.real_loss(judged(masks)).mean()
    gradient = torch.autograd.grad(adversarial, masks, allow_unused=True)[0]
    assert (gradient is None or not gradient.any()) != mask_input


def test_s_without_mask_input_trains_on_dice_alone(make_game: MakeGame, batch: Batch) -> None:
    given: tuple[dict[str, Any], ...] = ({"mask_input": False}, {"adversarial_weight": 0.0}, {})
    gradients = []
    for game in (make_game(dropout=0.0, **values) for values in given):
        game.step(batch, 0, 0.0)
        gradients.append([parameter.grad for parameter in game.generator.parameters()])
    for blind, alone in zip(gradients[0], gradients[1], strict=True):
        assert torch.allclose(blind, alone, atol=1e-6)
    assert not all(torch.equal(seen, alone) for seen, alone in zip(gradients[2], gradients[1], strict=True))


def test_s4mcl_without_self_supervision_is_s2mcl(shapes: Path, tmp_path: Path) -> None:
    """Bit for bit: the same weights after three steps, the same transforms (none) and outputs of C."""
    runs = []
    for name, given in (("s4mcl", {"self_supervision": False}), ("s2mcl", {})):
        run = start_training(small_assignment(shapes, tmp_path / name, name, hyperparameters=given))
        assert isinstance(run, Run)
        run.train(3)
        runs.append(run)
    for name, module in runs[0].learner.modules.items():
        twin = runs[1].learner.modules[name].state_dict()
        assert all(torch.equal(value, twin[key]) for key, value in module.state_dict().items())


def test_a_transform_leaves_the_set() -> None:
    assert without("transform.vflip")["transforms"] == ["identity", "hflip", "rot90", "rot180", "rot270"]
    last = without("transform.rot90", base={"transforms": ["identity", "rot90"]})
    assert not last["self_supervision"]
    assert last["transforms"] == ["identity", "rot90"]
    method_named("s4mcl").resolve(last)


@pytest.mark.parametrize(
    ("name", "base", "why"),
    [
        ("transform.transpose", {}, "transpose is not among the transforms"),
        ("transform.hflip", {"self_supervision": False}, "self_supervision is False already"),
        ("transform.hflip", {"alpha": 0.0}, "alpha is 0, so no unlabelled image is looked at"),
        ("self_supervision", {"self_supervision": False}, "self_supervision is False already"),
        ("self_supervision", {"alpha": 0.0}, "alpha is 0"),
        ("unlabelled_branch", {"alpha": 0.0}, "alpha is 0"),
        (
            "unlabelled_branch",
            {"self_supervision": False, "adversarial_weight": 0.0, "discriminator_adversarial_weight": 0.0},
            "no term looks at unlabelled images",
        ),
        (
            "adversarial_term",
            {"adversarial_weight": 0.0, "discriminator_adversarial_weight": 0.0},
            "both adversarial weights are 0",
        ),
        ("adversarial_term", {"alpha": 0.0, "adversarial_on_labelled": False}, "neither on labelled nor on unlabelled"),
        (
            "adversarial_on_labelled",
            {"adversarial_weight": 0.0, "discriminator_adversarial_weight": 0.0},
            "both adversarial weights are 0",
        ),
        ("mask_input", {"mask_input": False}, "mask_input is False already"),
    ],
)
def test_off_already(name: str, base: dict[str, Any], why: str) -> None:
    values = {**method_named("s4mcl").defaults, **base}
    component = method_named("s4mcl").component(name)
    assert why in str(component.idle(values))
    assert component.switched_off(values) == values


def test_an_adversary_of_one_network_is_not_off() -> None:
    for weight in ("adversarial_weight", "discriminator_adversarial_weight"):
        values = {**method_named("s4mcl").defaults, weight: 0.0}
        assert method_named("s4mcl").component("adversarial_term").idle(values) is None


def test_an_unknown_component_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        InputError, match=r"method s4mcl has no component 'mask_imput'.\nCure: did you mean mask_input\?"
    ):
        method_named("s4mcl").component("mask_imput")
    with pytest.raises(InputError, match=r"method unet has no component 'self_supervision'.\nCure: it has dropout"):
        method_named("unet").component("self_supervision")
