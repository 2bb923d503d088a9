"""`fixmatch` against Sohn et al. 2020."""

from collections.abc import Callable

import pytest
import torch
from torch.nn import functional as F

from s4mcl_trainables.augmentation import distorted, turned
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.losses.pseudo_labels import confident_cross_entropy
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.transforms import TransformSet
from stepped import same, stepped

Make = Callable[..., Learner]


def test_equation_four() -> None:
    """The mean is over all rows, those that are not believed too; what teaches has no gradient."""
    logits = torch.randn(3, 2, generator=torch.Generator().manual_seed(0)).requires_grad_()
    believed = torch.tensor([[4.0, 0.0], [0.0, 4.0], [1.0, 0.0]]).requires_grad_()  # 0.982, 0.982, 0.731
    loss, share = confident_cross_entropy(logits, believed, 0.95)
    assert share.item() == pytest.approx(2 / 3)
    assert loss.item() == pytest.approx(F.cross_entropy(logits[:2], torch.tensor([0, 1])).item() * 2 / 3)
    gradients = torch.autograd.grad(loss, [logits, believed], allow_unused=True)
    assert not gradients[0][2].any()
    assert gradients[1] is None


def test_without_unlabelled_weight_it_is_cnn_bit_for_bit(make_learner: Make, batch: Batch) -> None:
    match, single = make_learner("fixmatch", unlabelled_weight=0.0, weak_labelled=False), make_learner("cnn")
    stepped(match, batch)
    stepped(single, batch)
    assert same(match.modules["network"], single.modules["network"])


def test_where_nothing_is_believed_it_trains_as_cnn(make_learner: Make, batch: Batch) -> None:
    """But for rounding: rows without gradient stand in the batch."""
    given = {"threshold": 1.0, "weak_labelled": False, "dropout": 0.0}
    match, single = make_learner("fixmatch", **given), make_learner("cnn", dropout=0.0)
    for found, wanted in zip(stepped(match, batch), stepped(single, batch), strict=True):
        assert found["loss/pseudo_class"] == found["pseudo/confident"] == 0
        assert torch.isclose(found["loss/class_real"], wanted["loss/class_real"], rtol=1e-4)


def test_every_class_is_believed_at_one_half(make_learner: Make, batch: Batch) -> None:
    found = make_learner("fixmatch", threshold=0.5).step(batch, 0, 1.0)
    assert found["pseudo/confident"] == 1
    assert torch.equal(found["loss/discriminator"], found["loss/class_real"] + found["loss/pseudo_class"])


def test_weak_views_move_pixels_alone(resident: Resident) -> None:
    rows, draws = torch.arange(20), torch.Generator().manual_seed(0)
    images, views = resident.take(rows), turned(resident, rows, TransformSet(("identity", "hflip")), draws)
    kept = [torch.equal(image, view) for image, view in zip(images, views, strict=True)]
    flipped = [torch.equal(image.flip(-1), view) for image, view in zip(images, views, strict=True)]
    assert all(a or b for a, b in zip(kept, flipped, strict=True))
    assert any(kept)
    assert any(flipped)


def test_strong_views_have_a_square_of_half_the_side_at_most() -> None:
    images, draws = torch.full((200, 1, 16, 16), 9.0), torch.Generator().manual_seed(0)
    assert torch.equal(distorted(images, 0.0, 0.0, draws), images)
    holes = (distorted(images, 0.5, 0.5, draws) == 0).sum((1, 2, 3))
    assert 49 <= holes.max() <= 64
    whole = distorted(images, 0.5, 0.0, draws)
    assert 9 * 0.5 - 0.5 <= whole.min() < 6
    assert 12 < whole.max() <= 9 * 1.5 + 0.5
