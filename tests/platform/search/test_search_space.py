"""Search spaces: what is suggested lies inside, what is told comes back, what does not fit is refused."""

import json
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s4mcl.search.sampler import sampler_named
from s4mcl.search.space import Space, read_space
from s4mcl_trainables.problems import InputError, Problems

KINDS = {"rate": "float", "alpha": "float", "depth": "int", "layout": "str", "hard": "bool", "parts": "subset"}
DEFAULTS = {"rate": 0.01, "alpha": 1.0, "depth": 2, "layout": "heads", "hard": False, "parts": ["a", "b"]}
SPECS: dict[str, Any] = {
    "alpha": {"kind": "float", "low": 0, "high": 2, "when": {"layout": ["joint"], "hard": True}},
    "rate": {"kind": "float", "low": 1e-5, "high": 0.1, "log": True},
    "depth": {"kind": "integer", "low": 1, "high": 8, "step": 3, "when": {"parts": "c"}},
    "layout": {"kind": "categorical", "choices": ["heads", "joint"]},
    "hard": {"kind": "categorical", "choices": [False, True]},
    "parts": {"kind": "subset", "of": ["a", "b", "c", "d"], "always": ["a"], "at_least": 2},
}


def read(specs: Any) -> Space:
    problems = Problems("the space cannot be used")
    space = read_space("space.m", specs, KINDS, problems)
    problems.raise_if_any("mend it")
    assert space is not None
    return space


def suggest(space: Space, seed: int) -> dict[str, Any]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return space.suggest(study.ask(), DEFAULTS)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_suggestion_is_plain_inside_and_can_be_told(seed: int) -> None:
    space = read(SPECS)
    values = suggest(space, seed)
    assert json.loads(json.dumps(values)) == values
    assert 1e-5 <= values["rate"] <= 0.1
    assert values["parts"][0] == "a"
    assert len(values["parts"]) >= 2
    assert values["parts"] == [part for part in "abcd" if part in values["parts"]]
    if "c" in values["parts"]:
        assert values["depth"] in (1, 4, 7)
    else:
        assert values["depth"] == DEFAULTS["depth"]
    if not (values["layout"] == "joint" and values["hard"]):
        assert values["alpha"] == DEFAULTS["alpha"]
    encoded = space.encode(values)
    assert encoded is not None
    params, distributions = encoded
    assert params.keys() == distributions.keys()
    assert ("alpha" in params) == (values["layout"] == "joint" and values["hard"])
    optuna.trial.create_trial(value=0.0, params=params, distributions=distributions)


def test_random_suggestions_reach_all_of_the_space() -> None:
    space = read(SPECS)
    seen = [suggest(space, seed) for seed in range(200)]
    assert {tuple(values["parts"]) for values in seen} == {
        ("a", "b"), ("a", "c"), ("a", "d"), ("a", "b", "c"), ("a", "b", "d"), ("a", "c", "d"), ("a", "b", "c", "d"),
    }  # fmt: skip
    assert {values["layout"] for values in seen} == {"heads", "joint"}
    below = sum(values["rate"] < 1e-3 for values in seen) / len(seen)
    assert 0.4 < below < 0.6  # half of the logarithmic range


@pytest.mark.parametrize(
    ("name", "value"),
    [("rate", 1.0), ("rate", True), ("parts", ["b", "c"]), ("parts", ["a"]), ("parts", ["a", "a"]),
     ("parts", ["a", "z"]), ("layout", "factorised")],
)  # fmt: skip
def test_values_outside_are_not_told(name: str, value: Any) -> None:
    assert read(SPECS).encode({**DEFAULTS, name: value}) is None


def test_a_condition_on_a_fixed_hyperparameter_looks_at_its_value() -> None:
    space = read(SPECS).without(["layout", "hard"])
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    values = space.suggest(study.ask(), {**DEFAULTS, "layout": "joint", "hard": True})
    assert values["alpha"] != DEFAULTS["alpha"]
    assert values["layout"] == "joint"


@pytest.mark.parametrize(
    ("name", "spec", "told"),
    [
        ("rat", {"kind": "float", "low": 0, "high": 1}, "the method has no such hyperparameter; did you mean rate?"),
        ("rate", 3, "space.m.rate: expected a mapping with kind and range, found 3"),
        ("rate", {"kind": "flaot", "low": 0, "high": 1}, "space.m.rate.kind: expected one of float, integer"),
        ("rate", {"kind": "flaot", "low": 0, "high": 1}, "did you mean float?"),
        ("rate", {"kind": "float", "low": 0}, "space.m.rate.high: expected a number, found nothing"),
        ("rate", {"kind": "float", "low": "x", "high": 1}, "space.m.rate.low: expected a number, found 'x'"),
        ("rate", {"kind": "float", "low": 0, "high": float("inf")}, "space.m.rate.high: expected a number, found inf"),
        ("rate", {"kind": "float", "low": 0, "hihg": 1}, "space.m.rate.hihg: unknown key; did you mean high?"),
        ("rate", {"kind": "float", "low": 2, "high": 1}, "the range is empty, low 2 is above high 1"),
        ("rate", {"kind": "float", "low": 1, "high": 1}, "the range holds the single value 1"),
        ("rate", {"kind": "float", "low": 0, "high": 1, "log": True}, "a logarithmic range needs low above 0, found 0"),
        ("rate", {"kind": "float", "low": 0, "high": 1, "log": 1}, "space.m.rate.log: expected true or false, found 1"),
        ("rate", {"kind": "integer", "low": 0, "high": 1}, "is of kind float, which integer does not fit"),
        ("depth", {"kind": "integer", "low": 0.5, "high": 3}, "space.m.depth.low: expected a whole number, found 0.5"),
        ("depth", {"kind": "integer", "low": 1, "high": 3, "step": 5}, "space.m.depth.step: expected 1 to 2, found 5"),
        ("depth", {"kind": "integer", "low": 1, "high": 9, "step": 2, "log": True}, "steps do not go with log"),
        ("layout", {"kind": "categorical", "choices": []}, "space.m.layout.choices: expected at least two, found []"),
        ("layout", {"kind": "categorical", "choices": "heads"}, "expected a list, found 'heads'"),
        ("layout", {"kind": "categorical", "choices": ["a", 1]}, "expected values of kind str, found 1"),
        ("layout", {"kind": "categorical", "choices": ["a", "a"]}, "'a' stands twice"),
        ("hard", {"kind": "categorical", "choices": [0, 1]}, "expected values of kind bool, found 0"),
        ("parts", {"kind": "subset", "of": ["a"], "always": ["a"]}, "nothing is left to choose"),
        ("parts", {"kind": "subset", "of": ["a", "b"], "always": ["z"]}, "expected elements of `of`, found 'z'"),
        ("parts", {"kind": "subset", "of": ["a", "b"], "at_least": 3}, "parts.at_least: expected 0 to 1, found 3"),
        ("parts", {"kind": "subset", "of": ["a", 1]}, "space.m.parts.of: expected names, found 1"),
        ("rate", {"kind": "float", "low": 0, "high": 1, "when": {"layuot": "a"}}, "'layuot' is not searched"),
        ("rate", {"kind": "float", "low": 0, "high": 1, "when": "layout"}, "space.m.rate.when: expected a mapping"),
        ("rate", {"kind": "float", "low": 0, "high": 1, "when": {"rate": 1}}, "go round in a circle: rate -> rate"),
    ],
)  # fmt: skip
def test_a_specification_that_does_not_fit_is_refused(name: str, spec: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read({name: spec})
    assert told in str(caught.value)


def test_a_condition_on_a_value_that_never_comes_is_refused() -> None:
    with pytest.raises(InputError, match=r"space\.m\.alpha\.when\.layout: 'heds' is never proposed for it"):
        read({**SPECS, "alpha": {"kind": "float", "low": 0, "high": 1, "when": {"layout": "heds"}}})


def test_longer_circles_are_found_and_all_problems_told() -> None:
    with pytest.raises(InputError) as caught:
        read(
            {
                "hard": {"kind": "categorical", "choices": [False, True], "when": {"layout": "a"}},
                "layout": {"kind": "categorical", "choices": ["a", "b"], "when": {"hard": True}},
                "rate": {"kind": "float", "low": 2, "high": 1},
            }
        )
    assert "conditions go round in a circle" in str(caught.value)
    assert "the range is empty" in str(caught.value)


def test_unknown_samplers_get_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"did you mean random\?"):
        sampler_named("randm")
