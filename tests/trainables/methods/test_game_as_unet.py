"""Without its adversary and without unlabelled images the game trains S as `unet` does, bit for bit."""

from pathlib import Path

import pytest
import torch

from s4mcl_trainables.methods import start_training
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment

STEPS = 6


def trained(shapes: Path, tmp_path: Path, name: str, **given: float) -> tuple[Run, list[float]]:
    assignment = small_assignment(
        shapes,
        tmp_path / name,
        name,
        hyperparameters={"generator_lr": 1e-3, **given},
        iterations=STEPS,
        schedule="cosine",
        batch_unlabelled=3 if name == "unet" or given.get("alpha") == 0 else 0,
    )
    run = start_training(assignment)
    assert isinstance(run, Run)
    dice = []
    for _ in range(STEPS):
        run.train(run.iteration + 1)
        dice.append(run.terms.take()["loss/generalised_dice"])
    return run, dice


@pytest.mark.parametrize("name", ["s2mcl", "s4mcl", "s4mcl_calm", "s2mcl_k1"])
@pytest.mark.parametrize("alpha", [1.0, 0.0])
def test_s_trains_as_unet(shapes: Path, tmp_path: Path, name: str, alpha: float) -> None:
    """Either there are no unlabelled images, or alpha is 0."""
    single, losses = trained(shapes, tmp_path, "unet")
    game, game_losses = trained(shapes, tmp_path, name, adversarial_weight=0.0, alpha=alpha)
    assert losses == game_losses
    expected = single.learner.modules["generator"].state_dict()
    for key, value in game.learner.modules["generator"].state_dict().items():
        assert torch.equal(value, expected[key]), key


def test_the_adversary_makes_it_another(shapes: Path, tmp_path: Path) -> None:
    single, _ = trained(shapes, tmp_path, "unet")
    game, _ = trained(shapes, tmp_path, "s4mcl")
    expected = single.learner.modules["generator"].head.weight
    assert not torch.equal(game.learner.modules["generator"].head.weight, expected)
