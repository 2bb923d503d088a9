"""What every method keeps to, whatever it trains."""

import dataclasses
import json
import math
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np

from s4mcl_trainables.contracts.case import Case, require, to_the_end
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.partition import draw_labels, make_partition
from s4mcl_trainables.methods import CLASSIFICATION, SEGMENTATION, method_named, start_training
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.revision import code_revision

KINDS: dict[str, type] = {"float": float, "int": int, "bool": bool, "str": str, "subset": list}
WRONG: dict[str, Any] = {"float": "much", "int": 1.5, "bool": 1, "str": 3, "subset": "identity"}


def it_is_what_it_says(case: Case) -> None:
    """Name, tasks, label and code are there."""
    method = case.method
    require(method_named(method.name) is method, "each import makes another Method. Cure: make it once, in the module")
    require(method.name == case.name, f"it is registered as {case.name}, and its Method is called {method.name}")
    tasks = {CLASSIFICATION, SEGMENTATION}
    require(method.tasks and method.tasks <= tasks, f"tasks are {set(method.tasks)}, some of {tasks} were expected")
    require(method.label, "its label is empty. Cure: say how figures call it")
    require(len(code_revision(method.module)) == 64, "its code has no revision")


def hyperparameters_go_round(case: Case) -> None:
    """Defaults are plain values, of the kinds that are described, and resolve to themselves."""
    method, defaults = case.method, case.method.defaults
    require(json.loads(json.dumps(defaults)) == defaults, f"defaults are no plain values: {defaults}")
    same = method.resolve(defaults) == method.resolve({}) == method.hyperparameters
    require(same, "its defaults do not resolve to themselves. Cure: give the dataclass one canonical form")
    for name, value in defaults.items():
        require(type(value) is KINDS[method.describe()[name]], f"{name} is described as {method.describe()[name]}")


def each_hyperparameter_is_taken_over(case: Case) -> None:
    """A value that is given is the one that is used."""
    for item in dataclasses.fields(case.method.hyperparameters):
        value = getattr(case.method.hyperparameters, item.name)
        if isinstance(value, float):
            found = getattr(case.method.resolve({item.name: value / 2}), item.name)
            require(found == value / 2, f"{item.name}: {value / 2} was given, {found} is used")


def wrong_hyperparameters_are_refused(case: Case) -> None:
    """A wrong name is told the nearest, a wrong type the right one."""
    name = next(iter(case.method.defaults))
    found = _refusal(case, {f"{name}s": 0.5})
    require(f"did you mean {name}" in found, f"{name}s was given: {found or 'nothing'} was said")
    for each, kind in case.method.describe().items():
        found = _refusal(case, {each: WRONG[kind]})
        require(f"{each}: expected {kind}" in found, f"{each}={WRONG[kind]!r}: {found or 'nothing'} was said")


def its_space_is_of_its_hyperparameters(case: Case) -> None:
    """What it wants to be searched is there to be searched."""
    unknown = set(case.method.space) - set(case.method.defaults)
    require(not unknown, f"its space names {sorted(unknown)}, which are none of its hyperparameters")
    without = [name for name, spec in case.method.space.items() if "kind" not in spec]
    require(
        not without, f"the space of {without} has no kind. Cure: as in {{'kind': 'float', 'low': 0.1, 'high': 1.0}}"
    )


def a_trial_runs_to_its_ending(case: Case) -> None:
    """It reports when it should, finite losses and the metrics of its tasks, and keeps the best."""
    reports, ending = to_the_end(case.training("a", iterations=5, test=True))
    found = (ending.outcome, ending.iterations, ending.detail)
    require(found == ("completed", 5, {}), f"it ended as {found}, ('completed', 5, {{}}) was expected")
    when = [report["iteration"] for report in reports]
    require(when == [2, 4, 5], f"reports at {when}, at 2, 4 and 5 were expected")
    for report in reports:
        for name, value in report["values"].items():
            require(isinstance(value, float) and math.isfinite(value), f"{name} is {value!r}, a number was expected")
        require(any(name.startswith("loss/") for name in report["values"]), "no term is called loss/...")
    require(ending.test is not None, "nothing is told of the test part, which it was to be judged on")
    for metric, task in (("balanced_accuracy", CLASSIFICATION), ("dice", SEGMENTATION)):
        expected = task in case.method.tasks
        there = f"val_{metric}" in ending.summary, f"test_{metric}" in (ending.test or {})
        require(there == (expected, expected), f"{metric} is there: {there}; {task} among its tasks: {expected}")
    scores = [report["values"]["val_score"] for report in reports]
    require(ending.summary["val_score"] in scores, "its best score is none of those that it reported")
    json.dumps([reports, dataclasses.asdict(ending)], allow_nan=False)


def without_the_test_part_nothing_is_told_of_it(case: Case) -> None:
    """The test part is read when that is asked for, and only then."""
    _, ending = to_the_end(case.training("a"))
    require(ending.test is None, f"{ending.test} is told of the test part, which nobody asked for")
    require(not (case.folder / "a/predictions.npz").exists(), "predictions of the test part were written unasked")


def unlabelled_images_count_where_it_says_so(case: Case) -> None:
    """Other pixels in the unlabelled images change its numbers if, and only if, it says that it uses them."""
    assignment, other = case.assignment("a", hyperparameters=dict(case.hyperparameters)), case.folder / "other"
    shutil.copytree(case.dataset, other)
    rows = _unlabelled(case)
    pixels = np.load(other / "images.npy")
    pixels[rows] = 255 - np.random.default_rng(1).permuted(pixels[rows], axis=3)
    np.save(other / "images.npy", pixels)
    first, second = (to_the_end(training)[0] for training in _both(case, assignment, other))
    said = case.method.uses_unlabelled
    cure = "say so by uses_unlabelled" if not said else "give hyperparameters with which they count at once"
    require(
        (first == second) != said, f"uses_unlabelled is {said}, other unlabelled images say otherwise. Cure: {cure}"
    )


def hidden_masks_are_not_looked_at(case: Case) -> None:
    """Other masks of images whose labels it may not see change nothing."""
    assignment, other = case.assignment("a", hyperparameters=dict(case.hyperparameters)), case.folder / "other"
    shutil.copytree(case.dataset, other)
    rows = _unlabelled(case)
    masks = np.load(other / "masks.npy")
    masks[rows] = 1 - masks[rows]
    np.save(other / "masks.npy", masks)
    first, second = (to_the_end(training)[0] for training in _both(case, assignment, other))
    require(first == second, "masks of unlabelled images change its numbers. Cure: use batch.masks alone")


def an_interrupted_trial_ends_as_a_whole_one(case: Case) -> None:
    """A trial that goes on from its checkpoint reports, bit for bit, what it would have without the break."""
    whole, _ = to_the_end(case.training("whole", iterations=6))
    broken = case.training("broken", iterations=6)
    broken.advance()
    broken.save()
    later = case.assignment("later", iterations=6)
    resumed, _ = to_the_end(start_training(dataclasses.replace(later, earlier=(case.folder / "broken",))))
    cure = "draw from problem.stream alone, name every stream in `streams`, keep what changes in modules and optimisers"
    require(resumed == whole, f"after a break it goes on otherwise. Cure: {cure}")


def its_components_can_be_switched_off(case: Case) -> None:
    """Each component is known by its needs, and off is off."""
    method = case.method
    names = [component.name for component in method.components]
    require(len(set(names)) == len(names), f"a component stands twice: {names}")
    for component in method.components:
        require(component.removes, f"{component.name} does not say what it removes")
        related = {*component.needs, component.part_of} - {""}
        require(related <= set(names) - {component.name}, f"{component.name} needs {related}, known are {names}")
        off = component.switched_off(method.defaults)
        method.resolve(off)
        if component.idle(method.defaults):
            require(off == method.defaults, f"{component.name} is idle, and switching it off changes something")
        else:
            require(off != method.defaults, f"{component.name}: switched off, nothing changes")
            require(component.idle(off), f"{component.name}: switched off, it is not idle")
        require(component.switched_off(off) == off, f"{component.name}: switched off twice is something else")


def all_its_components_can_be_off_at_once(case: Case) -> None:
    """In the order in which they are given."""
    values = case.method.defaults
    for component in case.method.components:
        values = component.switched_off(values)
    case.method.resolve(values)
    left = [component.name for component in case.method.components if not component.idle(values)]
    require(not left, f"with all components off these are not: {left}")


METHOD_CHECKS: tuple[Callable[[Case], None], ...] = (
    it_is_what_it_says,
    hyperparameters_go_round,
    each_hyperparameter_is_taken_over,
    wrong_hyperparameters_are_refused,
    its_space_is_of_its_hyperparameters,
    a_trial_runs_to_its_ending,
    without_the_test_part_nothing_is_told_of_it,
    unlabelled_images_count_where_it_says_so,
    hidden_masks_are_not_looked_at,
    an_interrupted_trial_ends_as_a_whole_one,
    its_components_can_be_switched_off,
    all_its_components_can_be_off_at_once,
)


def _refusal(case: Case, given: dict[str, Any]) -> str:
    try:
        case.method.resolve(given)
    except InputError as error:
        return str(error)
    return ""


def _unlabelled(case: Case) -> Any:
    """[n] the rows whose labels the trial may not see."""
    assignment, dataset = case.assignment("a"), open_dataset(case.dataset)
    trial = assignment.trial
    partition = make_partition(dataset, assignment.partition)
    return draw_labels(dataset, partition, trial.label_fraction, trial.seed).unlabelled


def _both(case: Case, assignment: Any, other: Any) -> Any:
    """The trial on its dataset, and on another."""
    yield start_training(assignment)
    yield start_training(dataclasses.replace(assignment, dataset=other, folder=case.folder / "b"))
