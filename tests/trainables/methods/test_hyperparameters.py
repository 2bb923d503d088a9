import math
from typing import Any

import pytest

from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.transforms import NAMED_SETS


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"adversarial_weight": -0.1}, "adversarial_weight: expected 0 or more, found -0.1"),
        ({"alpha": math.inf}, "alpha: expected 0 or more, found inf"),
        ({"alpha": math.nan}, "alpha: expected 0 or more, found nan"),
        ({"generator_lr": 2.0}, "generator_lr: expected 0 to 1, found 2.0"),
        ({"dropout": 1.0}, "dropout: expected 0 to 0.95"),
        ({"mask_softening": 0.5}, "mask_softening: expected 0 to 0.49"),
        ({"layout": "head"}, r"found 'head' \(did you mean heads\?\)"),
        ({"order": "ss"}, "order: expected one of cs, sc"),
        ({"alpha_ramp": "cosine"}, "alpha_ramp: expected one of none, linear, sigmoid"),
        ({"transforms": ["identity"]}, "leaves nothing to predict"),
        ({"transforms": ["identity", "rot91"]}, "did you mean 'rot90'"),
        ({"dropout": 2, "alpha": -1}, "alpha: .*; dropout: "),
    ],
)
def test_values_that_no_training_could_use(given: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        method_named("s4mcl").resolve(given)


def test_a_transform_set_has_one_order() -> None:
    method = method_named("s4mcl")
    one = method.resolve({"transforms": ["rot90", "identity", "hflip"]})
    assert one == method.resolve({"transforms": ["hflip", "rot90", "identity"]})
    assert one.transforms == ("identity", "hflip", "rot90")


def test_whole_numbers_are_floats() -> None:
    assert repr(method_named("s4mcl").resolve({"alpha": 1}).alpha) == "1.0"


def test_the_paper_is_the_default() -> None:
    """What the paper states, and what stands in for what it leaves open."""
    defaults = method_named("s4mcl").defaults
    stated = {
        "adversarial_weight": 0.01,
        "transforms": list(NAMED_SETS["d4_6"]),
        "discriminator_adversarial_weight": 1.0,
        "self_supervision": True,
        "mask_input": True,
        "adversarial_on_labelled": True,
    }
    chosen = {"alpha": 1.0, "layout": "heads", "order": "cs", "saturating": False, "class_on_predicted": False}
    assert defaults == {
        **defaults,
        **stated,
        **chosen,
        "hard_masks": False,
        "mask_softening": 0.0,
        "generator_lr": 1e-4,
        "discriminator_lr": 1e-4,
        "dropout": 0.25,
        "alpha_ramp": "none",
        "eps_mode": "scaled",
    }
    single = method_named("unet").defaults | method_named("cnn").defaults
    assert single == {name: defaults[name] for name in single}
    s2mcl = method_named("s2mcl").defaults
    assert s2mcl == {k: v for k, v in defaults.items() if k not in ("transforms", "self_supervision")}
    assert method_named("s2mcl_k1").defaults == {**s2mcl, "layout": "joint"}


def test_unknown_method() -> None:
    with pytest.raises(InputError, match="did you mean s4mcl"):
        method_named("s4mlc")
