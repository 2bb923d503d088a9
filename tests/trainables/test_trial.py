import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.trial import Settings, Trial, canonical, content_key

PROFILE = Profile("cpu", "float32", "2.10", 1).to_dict()
TRIAL = Trial("s4mcl", 0.2, 3, Settings(100, 10), {"alpha": 1.0, "transforms": ["identity", "hflip"]})


def key(trial: Trial = TRIAL, **given: Any) -> str:
    return content_key(trial, **{"dataset": "d", "partition": "p", "revision": "r", "profile": PROFILE, **given})


trials = st.builds(
    Trial,
    method=st.sampled_from(["unet", "s4mcl"]),
    label_fraction=st.floats(0.01, 1),
    seed=st.integers(0, 2**31),
    settings=st.builds(
        Settings,
        iterations=st.integers(1, 10**6),
        report_every=st.integers(1, 1000),
        patience=st.none() | st.integers(1, 9),
        schedule=st.sampled_from(["constant", "cosine"]),
    ),
    hyperparameters=st.dictionaries(
        st.sampled_from("abc"),
        st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.lists(st.text(max_size=3), max_size=3),
    ),
)


@given(trials)
def test_a_trial_goes_round_through_json(trial: Trial) -> None:
    again = Trial.from_dict(json.loads(json.dumps(trial.to_dict())))
    assert again == trial
    assert key(again) == key(trial)


@given(trials, trials)
def test_equal_trials_alone_have_equal_keys(one: Trial, two: Trial) -> None:
    assert (key(one) == key(two)) == (canonical(one.to_dict()) == canonical(two.to_dict()))


def test_the_key_is_a_hash_in_hexadecimal() -> None:
    assert len(key()) == 64
    assert set(key()) <= set("0123456789abcdef")


def test_the_order_of_hyperparameters_does_not_count() -> None:
    turned = dict(reversed(TRIAL.hyperparameters.items()))
    assert key(replace(TRIAL, hyperparameters=turned)) == key()


@pytest.mark.parametrize("name", [item.name for item in fields(Settings)])
def test_every_setting_counts_but_the_asked_precision(name: str) -> None:
    value = getattr(TRIAL.settings, name)
    other = {"schedule": "cosine", "unlabelled_pool": "all", "precision": "bfloat16"}.get(name) or (value or 0) + 1
    changed = replace(TRIAL, settings=replace(TRIAL.settings, **{name: other}))
    assert (key(changed) == key()) == (name == "precision")


@pytest.mark.parametrize(
    "given",
    [
        {"dataset": "e"},
        {"partition": "q"},
        {"revision": "s"},
        *(
            {"profile": {**PROFILE, name: value}}
            for name, value in Profile("cuda", "bfloat16", "2.11", 2).to_dict().items()
        ),
    ],
    ids=str,
)
def test_whatever_can_change_the_numbers_counts(given: dict[str, Any]) -> None:
    assert key(**given) != key()


def test_method_seed_fraction_and_hyperparameters_count() -> None:
    others = [
        replace(TRIAL, method="s2mcl"),
        replace(TRIAL, seed=4),
        replace(TRIAL, label_fraction=0.3),
        replace(TRIAL, hyperparameters={**TRIAL.hyperparameters, "alpha": 0.5}),
    ]
    assert len({key(), *map(key, others)}) == 5


def test_nan_has_no_key() -> None:
    with pytest.raises(ValueError, match="JSON"):
        key(replace(TRIAL, hyperparameters={"alpha": float("nan")}))
