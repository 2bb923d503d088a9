"""What each method is given: the user's fixed hyperparameters, and the space of the rest."""

import pytest

from s4mcl.config import compose_study, fixed_hyperparameters, search_space
from s4mcl_trainables.methods import method_named

BASE = ["study=quickstart", "space=default", "name=demo", "data.path=images"]


def test_the_searched_hyperparameters_of_each_method() -> None:
    config = compose_study(BASE)
    game = ["adversarial_weight", "alpha", "generator_lr", "discriminator_lr"]
    assert set(search_space(config, "s4mcl").names) == {*game, "transforms"}
    assert search_space(config, "s4mcl_calm") == search_space(config, "s4mcl")
    assert set(search_space(config, "s4mcl_improved").names) == {*game, "transforms", "consistency"}
    assert search_space(config, "s2mcl").names == game
    assert search_space(config, "s2mcl_k1") == search_space(config, "s2mcl")
    assert search_space(config, "unet").names == ["generator_lr"]
    assert search_space(config, "cnn").names == ["discriminator_lr"]
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


def test_a_method_without_a_space_is_not_searched() -> None:
    assert search_space(compose_study([*BASE, "space.unet={}"]), "unet").names == []


@pytest.mark.parametrize("method", NAMES)
def test_the_short_space_searches_the_same_hyperparameters(method: str) -> None:
    short = compose_study([*BASE, "space=short"])
    assert search_space(short, method).names == search_space(compose_study(BASE), method).names
