"""What each method is given: the user's fixed hyperparameters, and the space of the rest."""

import pytest

from s4mcl.config import compose_study, fixed_hyperparameters, search_space
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError

GENERIC = ["ema", "test_time_averaging", "class_balanced", "augmentation"]
BASE = ["study=quickstart", "space=default", "name=demo", "data.path=images"]


def test_the_searched_hyperparameters_of_each_method() -> None:
    config = compose_study(BASE)
    game = ["adversarial_weight", "alpha", "generator_lr", "discriminator_lr"]
    assert set(search_space(config, "s4mcl").names) == {*game, "transforms", *GENERIC}
    assert search_space(config, "s4mcl_calm") == search_space(config, "s4mcl")
    assert set(search_space(config, "s4mcl_improved").names) == {*game, "transforms", "consistency", *GENERIC}
    assert search_space(config, "s2mcl").names == [*game, *GENERIC]
    assert search_space(config, "s2mcl_k1") == search_space(config, "s2mcl")
    assert search_space(config, "unet").names == ["generator_lr", *GENERIC]
    assert search_space(config, "cnn").names == ["discriminator_lr", *GENERIC]
    assert search_space(config, "stub").names == [f"x{place}" for place in range(6)]


NAMES = [
    "s4mcl",
    "s4mcl_calm",
    "s4mcl_improved",
    "s2mcl",
    "s2mcl_k1",
    "unet",
    "cnn",
    "mtl",
    "ssl_seg",
    "ssl_cls",
    "mean_teacher",
    "cps",
    "fixmatch",
    "ua_mt",
    "multimix",
]


@pytest.mark.parametrize("method", [*NAMES, "stub"])
def test_the_papers_settings_lie_inside_the_default_space(method: str) -> None:
    config = compose_study(BASE)
    assert search_space(config, method).encode(method_named(method).defaults) is not None


def test_what_the_user_fixes_is_not_searched() -> None:
    config = compose_study([*BASE, "hyperparameters.s4mcl.alpha=0.5"])
    assert "alpha" not in search_space(config, "s4mcl").names
    assert fixed_hyperparameters(config, "s4mcl")["alpha"] == 0.5
    assert fixed_hyperparameters(config, "s2mcl")["alpha"] == method_named("s2mcl").defaults["alpha"]


def test_what_is_fixed_for_every_method_is_fixed_for_those_that_have_it() -> None:
    words = ["hyperparameters.every_method={ema: 1, class_balanced: true}", "hyperparameters.unet.ema=0.5"]
    config = compose_study([*BASE, "methods=[unet,cnn,s4mcl]", *words])
    assert {method: fixed_hyperparameters(config, method)["ema"] for method in ("unet", "cnn", "s4mcl")} == {
        "unet": 0.5,
        "cnn": 1.0,
        "s4mcl": 1.0,
    }
    assert type(config.hyperparameters["every_method"]["ema"]) is float  # so that 1 and 1.0 are one trial
    assert search_space(config, "cnn").names == ["discriminator_lr", "test_time_averaging", "augmentation"]
    assert "ema" not in fixed_hyperparameters(config, "stub")


def test_what_is_fixed_for_every_method_must_fit_one() -> None:
    with pytest.raises(InputError, match=r"hyperparameters.every_method.emma: no method .* did you mean ema\?"):
        compose_study([*BASE, "hyperparameters.every_method.emma=0.5"])
    with pytest.raises(InputError, match=r"hyperparameters.every_method.ema: expected a number, found 'much'") as told:
        compose_study([*BASE, "methods=[unet,cnn]", "hyperparameters.every_method.ema=much"])
    assert str(told.value).count("every_method.ema") == 1


def test_a_method_without_a_space_is_not_searched() -> None:
    assert search_space(compose_study([*BASE, "space.unet={}"]), "unet").names == []


@pytest.mark.parametrize("space", ["default", "short"])
@pytest.mark.parametrize("method", NAMES)
def test_every_method_has_the_same_choices_of_generic_parts(method: str, space: str) -> None:
    config = compose_study([*BASE, f"space={space}"])
    found = {each.name: each.extremes for each in search_space(config, method).parameters if each.name in GENERIC}
    assert found == {
        "ema": [0.0, 0.99],
        "test_time_averaging": ["none", "d4"],
        "class_balanced": [False, True],
        "augmentation": ["none", "light"],
    }


def test_what_stands_for_every_method_can_be_changed_for_all_and_for_one() -> None:
    words = ["~space.every_method.ema", "+space.every_method.dropout={kind: float, low: 0.1, high: 0.3}"]
    own = "space.unet.dropout={kind: float, low: 0.0, high: 0.5}"
    config = compose_study([*BASE, *words, own])
    assert "ema" not in search_space(config, "s4mcl").names
    lows = {
        method: next(each.extremes[0] for each in search_space(config, method).parameters if each.name == "dropout")
        for method in ("unet", "cnn")
    }
    assert lows == {"unet": 0.0, "cnn": 0.1}
    assert "dropout" not in search_space(config, "stub").names
    fixed = compose_study([*BASE, "hyperparameters.unet.ema=0.99"])
    assert "ema" not in search_space(fixed, "unet").names


def test_what_no_method_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"space.every_method.emma: no method that is searched .* did you mean ema\?"):
        compose_study([*BASE, "+space.every_method.emma={kind: categorical, choices: [0.0, 0.99]}"])
    with pytest.raises(InputError, match=r"space.unet.ema.choices: expected values of kind float, found 'much'"):
        compose_study([*BASE, "methods=[unet]", "space.every_method.ema={kind: categorical, choices: [0.0, much]}"])


@pytest.mark.parametrize("method", NAMES)
def test_the_short_space_searches_the_same_hyperparameters(method: str) -> None:
    short = compose_study([*BASE, "space=short"])
    assert search_space(short, method).names == search_space(compose_study(BASE), method).names
