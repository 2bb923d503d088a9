"""What every registered method keeps to, whatever it trains."""

import dataclasses
import io
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.partition import draw_labels, make_partition
from s4mcl_trainables.methods import CLASSIFICATION, SEGMENTATION, Method, method_named, method_names, start_training
from s4mcl_trainables.methods.learner import learner_state, restore_learner
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.revision import code_revision
from s4mcl_trainables.training.assignment import Assignment, Ending
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment

LEARNING = [name for name in method_names() if name != "stub"]  # the stub has no networks
BELIEVING: dict[str, dict[str, Any]] = {"fixmatch": {"threshold": 0.5}}  # at first nothing is believed at 0.95


def finished(assignment: Assignment) -> tuple[Any, Ending]:
    training = start_training(assignment)
    while (ending := training.advance()) is None:
        pass
    return training, ending


def run_of(assignment: Assignment) -> Run:
    training = start_training(assignment)
    assert isinstance(training, Run)
    return training


def saved_and_read(state: dict[str, Any]) -> dict[str, Any]:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    read: dict[str, Any] = torch.load(buffer, weights_only=True)
    return read


@pytest.fixture(params=method_names())
def method(request: pytest.FixtureRequest) -> Method:
    return method_named(request.param)


def test_it_is_what_it_says(method: Method) -> None:
    assert method_named(method.name) is method
    assert method.tasks
    assert method.tasks <= {CLASSIFICATION, SEGMENTATION}
    assert method.label
    assert len(code_revision(method.module)) == 64


def test_hyperparameters_go_round(method: Method) -> None:
    defaults = method.defaults
    assert json.loads(json.dumps(defaults)) == defaults
    assert method.resolve(defaults) == method.resolve({}) == method.hyperparameters
    kinds = {"float": float, "int": int, "bool": bool, "str": str, "subset": list}
    assert method.describe() == {
        name: next(kind for kind, known in kinds.items() if type(value) is known) for name, value in defaults.items()
    }


def test_each_hyperparameter_is_taken_over(method: Method) -> None:
    for item in dataclasses.fields(method.hyperparameters):
        value = getattr(method.hyperparameters, item.name)
        if isinstance(value, float):
            assert getattr(method.resolve({item.name: value / 2}), item.name) == value / 2


def test_wrong_hyperparameters_are_refused(method: Method) -> None:
    name = next(iter(method.defaults))
    with pytest.raises(InputError, match=f"did you mean {name}"):
        method.resolve({f"{name}s": 0.5})
    for name, kind in method.describe().items():
        wrong: Any = {"float": "much", "int": 1.5, "bool": 1, "str": 3, "subset": "identity"}[kind]
        with pytest.raises(InputError, match=rf"{name}: expected {kind}"):
            method.resolve({name: wrong})


def test_a_trial_runs_to_its_ending(method: Method, shapes: Path, tmp_path: Path) -> None:
    assignment = small_assignment(shapes, tmp_path / "a", method.name, iterations=5, test=True)
    training, ending = finished(assignment)
    assert (ending.outcome, ending.iterations, ending.detail) == ("completed", 5, {})
    assert [report["iteration"] for report in training.reports] == [2, 4, 5]
    for report in training.reports:
        assert all(isinstance(value, float) and math.isfinite(value) for value in report["values"].values())
        assert any(name.startswith("loss/") for name in report["values"])
    assert ending.test is not None
    for metric, task in (("balanced_accuracy", CLASSIFICATION), ("dice", SEGMENTATION)):
        assert (f"val_{metric}" in ending.summary) == (f"test_{metric}" in ending.test) == (task in method.tasks)
    scores = [report["values"]["val_score"] for report in training.reports]
    assert ending.summary["val_score"] in scores
    json.dumps([training.reports, dataclasses.asdict(ending)], allow_nan=False)


def test_without_the_test_part_nothing_is_told_of_it(method: Method, shapes: Path, tmp_path: Path) -> None:
    _, ending = finished(small_assignment(shapes, tmp_path, method.name))
    assert ending.test is None
    assert not (tmp_path / "predictions.npz").exists()


def test_unlabelled_images_count_where_it_says_so(method: Method, shapes: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(shapes, other)
    assignment = small_assignment(shapes, tmp_path / "a", method.name, hyperparameters=BELIEVING.get(method.name))
    dataset = open_dataset(shapes)
    trial = assignment.trial
    drawn = draw_labels(dataset, make_partition(dataset, assignment.partition), trial.label_fraction, trial.seed)
    pixels = np.load(other / "images.npy")
    pixels[drawn.unlabelled] = 255 - np.random.default_rng(1).permuted(pixels[drawn.unlabelled], axis=3)
    np.save(other / "images.npy", pixels)
    first, _ = finished(assignment)
    second, _ = finished(dataclasses.replace(assignment, dataset=other, folder=tmp_path / "b"))
    if isinstance(first, Run):
        pairs = [
            torch.equal(value, second.learner.modules[name].state_dict()[key])
            for name, module in first.learner.modules.items()
            for key, value in module.state_dict().items()
        ]
        assert all(pairs) != method.uses_unlabelled
    assert (first.reports == second.reports) != method.uses_unlabelled


@pytest.mark.parametrize("name", LEARNING)
def test_a_step_gives_its_terms(name: str, shapes: Path, tmp_path: Path) -> None:
    run = run_of(small_assignment(shapes, tmp_path, name))
    before = {key: module.head.weight.clone() for key, module in run.learner.modules.items()}
    terms = run.learner.step(run.batches.draw(), 0, 1.0)
    assert any(term.startswith("loss/") for term in terms)
    for term in terms.values():
        assert term.shape == ()
        assert not term.requires_grad
        assert term.isfinite()
    assert all(not torch.equal(before[key], module.head.weight) for key, module in run.learner.modules.items())


@pytest.mark.parametrize("name", LEARNING)
def test_a_rate_of_zero_changes_nothing(name: str, shapes: Path, tmp_path: Path) -> None:
    run = run_of(small_assignment(shapes, tmp_path, name))
    before = [parameter.clone() for module in run.learner.modules.values() for parameter in module.parameters()]
    run.learner.step(run.batches.draw(), 0, 0.0)
    after = [parameter for module in run.learner.modules.values() for parameter in module.parameters()]
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("name", LEARNING)
def test_predictions_have_their_shapes(name: str, shapes: Path, tmp_path: Path) -> None:
    run, tasks = run_of(small_assignment(shapes, tmp_path, name)), method_named(name).tasks
    with torch.no_grad():
        predicted = run.learner.predict(torch.randn(3, 1, 16, 16))
    assert (predicted.masks is not None) == (SEGMENTATION in tasks)
    assert (predicted.class_logits is not None) == (CLASSIFICATION in tasks)
    if predicted.masks is not None:
        assert predicted.masks.shape == (3, 1, 16, 16)
        assert predicted.masks.min() >= 0
        assert predicted.masks.max() <= 1
    if predicted.class_logits is not None:
        assert predicted.class_logits.shape == (3, 2)
        assert predicted.class_logits.isfinite().all()


@pytest.mark.parametrize("name", LEARNING)
def test_state_is_restored_bit_for_bit(name: str, shapes: Path, tmp_path: Path) -> None:
    first = run_of(small_assignment(shapes, tmp_path, name))
    batches = [first.batches.draw() for _ in range(4)]
    for number, batch in enumerate(batches[:2]):
        first.learner.step(batch, number, 1.0)
    second = run_of(small_assignment(shapes, tmp_path, name, seed=7))  # other weights and streams
    restore_learner(second.learner, saved_and_read(learner_state(first.learner)))
    for number, batch in enumerate(batches[2:], start=2):
        one, two = first.learner.step(batch, number, 0.5), second.learner.step(batch, number, 0.5)
        assert one == two
    for name_, module in first.learner.modules.items():
        twin = second.learner.modules[name_].state_dict()
        assert all(torch.equal(value, twin[key]) for key, value in module.state_dict().items())


def test_its_components_can_be_switched_off(method: Method) -> None:
    names = [component.name for component in method.components]
    assert len(set(names)) == len(names)
    for component in method.components:
        assert component.removes
        assert {*component.needs, component.part_of} - {""} <= set(names) - {component.name}
        off = component.switched_off(method.defaults)
        method.resolve(off)
        if component.idle(method.defaults):
            assert off == method.defaults
        else:
            assert off != method.defaults
            assert component.idle(off)
        assert component.switched_off(off) == off


def test_all_its_components_can_be_off_at_once(method: Method) -> None:
    values = method.defaults
    for component in method.components:
        values = component.switched_off(values)
    method.resolve(values)
    assert all(component.idle(values) for component in method.components)
