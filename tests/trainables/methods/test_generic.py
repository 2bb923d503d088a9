"""Generic parts stand beside the hyperparameters of every method, off by default, each a component."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from s4mcl_trainables.methods import method_named, method_names, start_training
from s4mcl_trainables.methods.generic import ALL_OFF, COMPONENTS, NAMES, Generic
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.run import Run
from small_assignment import GENERIC_ON, small_assignment

LEARNING = [name for name in method_names() if name != "stub"]


@pytest.mark.parametrize("name", LEARNING)
def test_every_method_has_them_and_they_are_off(name: str) -> None:
    method = method_named(name)
    assert tuple(method.defaults)[-4:] == NAMES
    assert method.parts({}) == ALL_OFF
    assert method.parts(GENERIC_ON) == Generic(**GENERIC_ON)
    assert method.resolve(GENERIC_ON) == method.hyperparameters
    assert method.all_of(GENERIC_ON) == {**method.defaults, **GENERIC_ON}
    assert [component.name for component in method.components[-4:]] == list(NAMES)
    for component in COMPONENTS:
        assert component.idle(method.defaults)
        off = component.switched_off({**method.defaults, **GENERIC_ON})
        assert off == {**method.defaults, **GENERIC_ON, component.name: method.defaults[component.name]}


def test_what_trains_nothing_has_none() -> None:
    stub = method_named("stub")
    assert not {*stub.defaults} & {*NAMES}
    assert stub.parts({}) == ALL_OFF
    with pytest.raises(InputError, match="ema is not one of"):
        stub.resolve({"ema": 0.9})


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"ema": 1.5}, r"ema: expected 0 to 1, found 1\.5"),
        ({"ema": float("nan")}, "ema: expected 0 to 1, found nan"),
        ({"test_time_averaging": "d8"}, "test_time_averaging: expected one of none, d4, found 'd8'"),
        ({"augmentation": "strong"}, "augmentation: expected one of none, light, found 'strong'"),
        ({"class_balanced": 1}, "class_balanced: expected bool, found 1"),
    ],
)
def test_other_values_are_refused(given: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        method_named("unet").resolve(given)


def test_defaults_of_a_method_may_differ() -> None:
    """As a preset has them; a component is then on."""
    method = replace(method_named("unet"), generic=Generic(ema=0.99))
    assert method.defaults["ema"] == 0.99
    assert method.parts({"class_balanced": True}) == Generic(ema=0.99, class_balanced=True)
    assert method.component("ema").switched_off(method.defaults) == method_named("unet").defaults
    assert len(method.components) == len(method_named("unet").components)


def test_a_name_cannot_be_a_methods_own_too() -> None:
    with pytest.raises(
        ValueError,
        match="class_balanced, ema, test_time_averaging would be hyperparameters twice",
    ):
        replace(method_named("unet"), hyperparameters=Generic(), generic=replace(ALL_OFF))


@pytest.mark.parametrize("part", NAMES)
def test_each_changes_what_a_trial_gives(part: str, shapes: Path, tmp_path: Path) -> None:
    """EMA and the mean over symmetries change what is predicted alone; the others what is trained."""
    given = {"generator_lr": 1e-2, "discriminator_lr": 1e-2}
    runs = []
    for number, more in enumerate(({}, {part: GENERIC_ON[part]})):
        folder = tmp_path / str(number)
        run = start_training(small_assignment(shapes, folder, "s4mcl", hyperparameters={**given, **more}))
        assert isinstance(run, Run)
        while run.advance() is None:
            pass
        runs.append(run)
    plain, changed = runs
    assert plain.reports != changed.reports
    pairs = zip(
        plain.learner.modules["generator"].parameters(), changed.learner.modules["generator"].parameters(), strict=True
    )
    trained_alike = all(torch.equal(one, other) for one, other in pairs)
    assert trained_alike == (part in ("ema", "test_time_averaging"))
