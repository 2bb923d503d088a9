"""Classes: the K real ones alone count; surrogate labels are uniform."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from scipy.stats import chisquare

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.networks.layout import Heads, Joint
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.evaluation import judge, predict
from s4mcl_trainables.transforms import NAMED_SETS

MakeGame = Callable[..., Game]


@pytest.mark.parametrize("layout", ["heads", "factorised", "joint"])
def test_surrogate_and_fake_outputs_never_win(make_game: MakeGame, resident: Resident, layout: str) -> None:
    """An argmax over all outputs would name a surrogate or the fake class for every image, and be right for none."""
    game = make_game(layout=layout)
    with torch.no_grad():
        game.discriminator.head.weight.zero_()
        game.discriminator.head.bias.fill_(9)
        game.discriminator.head.bias[:2] = torch.tensor([0.0, 1.0])
    rows = torch.arange(9)  # five of class 0, four of class 1
    predictions = predict(game, resident, rows)
    assert predictions.class_logits is not None
    assert predictions.class_logits.shape == (9, 2)
    metrics = judge(predictions, resident, rows)
    assert metrics["accuracy"] == pytest.approx(4 / 9)
    assert metrics["balanced_accuracy"] == 0.5


def test_s2mcl_k1_is_one_softmax_over_classes_and_fake(make_game: MakeGame, batch: Batch) -> None:
    game = make_game("s2mcl_k1")
    assert isinstance(game.layout, Joint)
    assert game.layout.outputs == game.discriminator.head.out_features == 3
    assert "loss/surrogate" not in game.step(batch, 0, 1.0)
    with torch.no_grad():
        raw = game.discriminator(torch.cat([batch.images, batch.masks], 1))
    fake = raw.softmax(1)[:, 2]
    assert torch.allclose(game.layout.real_loss(raw), -(1 - fake).log(), atol=1e-5)
    assert torch.allclose(game.layout.fake_loss(raw), -fake.log(), atol=1e-5)


def test_s2mcl_is_s4mcl_without_the_surrogate_head(make_game: MakeGame, batch: Batch) -> None:
    game = make_game("s2mcl")
    assert isinstance(game.layout, Heads)
    assert game.layout.outputs == 3
    images, _ = game._transformed(batch)
    assert torch.equal(images, batch.resident.take(batch.unlabelled))  # as they are
    assert set(make_game("s4mcl").step(batch, 0, 1.0)) - set(game.step(batch, 0, 1.0)) == {
        "loss/surrogate",
        "discriminator/surrogate_accuracy",
    }


@pytest.mark.parametrize("transforms", [NAMED_SETS["d4_6"], NAMED_SETS["flip3"], NAMED_SETS["d4_8"]])
def test_surrogate_labels_are_uniform(make_game: MakeGame, batch: Batch, transforms: tuple[str, ...]) -> None:
    game = make_game(transforms=transforms)
    many = replace(batch, unlabelled=torch.arange(48).repeat(50))
    images, tau = game._transformed(many)
    counts = torch.bincount(tau, minlength=len(transforms))
    assert len(counts) == len(transforms)
    assert chisquare(counts.numpy()).pvalue > 0.001
    plain = batch.resident.take(many.unlabelled)
    assert game.transforms is not None
    assert torch.allclose(images, game.transforms.apply(plain, tau), atol=1e-6)
