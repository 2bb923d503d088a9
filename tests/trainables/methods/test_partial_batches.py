"""What methods of both tasks make of images that show a mask or a class alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from test_together import assert_agree, of_seed
from torch.nn import functional as F

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.losses.generalised_dice import generalised_dice_loss
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.together import Together
from s4mcl_trainables.training.batches import Batch

BOTH = ("s4mcl", "s4mcl_improved", "s2mcl", "s2mcl_k1", "mtl", "multimix")


@pytest.fixture
def apart(resident: Resident) -> Batch:
    """Two images with a mask, of which one shows its class, too; two with a class, of which one shows its mask."""
    rows, shows = torch.tensor([0, 1, 2, 3]), torch.tensor([True, True, False, True])
    masks = resident.take_masks(rows) * shows.view(-1, 1, 1, 1)
    classes = torch.tensor([-1, 1, 0, 1])
    return Batch(resident.take(rows), masks, classes, torch.tensor([4, 5, 6]), resident, 2, shows)


@pytest.mark.parametrize("name", BOTH)
def test_each_loss_is_over_the_rows_of_its_label(make_learner: Callable[..., Learner], apart: Batch, name: str) -> None:
    def terms(batch: Batch) -> dict[str, float]:
        return {key: value.item() for key, value in make_learner(name, dropout=0.0).step(batch, 0, 1.0).items()}

    told = terms(apart)
    for rows, term in ((apart.classed, "loss/generalised_dice"), (apart.masked, "loss/class_real")):
        images = apart.images.clone()
        images[rows] = torch.randn(images[rows].shape, generator=torch.Generator().manual_seed(1))
        assert terms(replace(apart, images=images))[term] == pytest.approx(told[term], rel=1e-5)


def test_the_game_shows_c_a_predicted_mask_where_there_is_no_true_one(
    make_game: Callable[..., Game], apart: Batch
) -> None:
    game = make_game("s4mcl", dropout=0.0, alpha=0.0, class_on_predicted=True)
    assert apart.has_mask is not None
    with torch.no_grad():
        predicted = game.generator(apart.images)
        dice = generalised_dice_loss(predicted[:2], apart.masks[:2]).item()
        shown = torch.where(apart.has_mask.view(-1, 1, 1, 1), apart.masks, predicted)
        real = game.discriminator(torch.cat([apart.images, shown], 1))
        fake = game.discriminator(torch.cat([apart.images, predicted], 1))
        expected = {
            "loss/class_real": F.cross_entropy(real[2:, :2], apart.classes[2:]).item(),
            "loss/class_predicted": F.cross_entropy(fake[2:, :2], apart.classes[2:]).item(),
            "loss/adversarial_real": game.layout.real_loss(real)[apart.has_mask].mean().item(),
            "loss/adversarial_predicted_labelled": game.layout.fake_loss(fake).mean().item(),
            "loss/generalised_dice": dice,
        }
    told = game.step(apart, 0, 1.0)
    for name, value in expected.items():
        assert told[name].item() == pytest.approx(value, rel=1e-4), name


@pytest.mark.parametrize("name", ["s4mcl", "multimix"])
def test_packs_train_on_them(make_learner: Callable[..., Learner], apart: Batch, name: str) -> None:
    one, other = ([make_learner(name, problem=of_seed(seed)) for seed in range(2)] for _ in range(2))
    pack = Together(one)
    packed = [pack.step([(apart, step, 1.0)] * 2) for step in range(3)]
    pack.dissolve()
    alone = [[learner.step(apart, step, 1.0) for step in range(3)] for learner in other]
    assert_agree(one, other, [[list(told) for told in zip(*packed, strict=True)], alone])
