"""`ssl_seg` is S2MCL without classes."""

from collections.abc import Callable
from dataclasses import replace

from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.training.batches import Batch
from stepped import same, stepped

Make = Callable[..., Learner]


def test_its_terms_are_those_of_s2mcl_without_the_class_loss(make_learner: Make, batch: Batch) -> None:
    one, other = (make_learner(name).step(batch, 0, 1.0) for name in ("ssl_seg", "s2mcl"))
    assert one.keys() == other.keys() - {"loss/class_real"}
    for name in ("loss/adversarial_real", "loss/adversarial_predicted_unlabelled", "loss/generalised_dice"):
        assert one[name] == other[name]


def test_without_its_adversary_it_is_unet_bit_for_bit(make_learner: Make, batch: Batch) -> None:
    game, single = make_learner("ssl_seg", adversarial_weight=0.0, alpha=0.0), make_learner("unet")
    stepped(game, batch)
    stepped(single, batch)
    assert same(game.modules["generator"], single.modules["generator"])


def test_classes_are_not_looked_at(make_learner: Make, batch: Batch) -> None:
    one, other = make_learner("ssl_seg"), make_learner("ssl_seg")
    assert stepped(one, batch) == stepped(other, replace(batch, classes=1 - batch.classes))
    assert one.predict(batch.images).class_logits is None
