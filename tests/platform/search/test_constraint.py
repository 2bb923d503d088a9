"""Constraints: how they are read, what is refused, how far a metric is from them."""

import math

import pytest
import torch

from s4mcl.search.constraint import CLASSIFICATION, METRICS, SEGMENTATION, UNMEASURED, Constraint, read_constraints
from s4mcl_trainables.metrics import classification_metrics, segmentation_metrics
from s4mcl_trainables.problems import Problems


def read(*texts: str) -> tuple[tuple[Constraint, ...], list[str]]:
    problems = Problems("the configuration cannot be used")
    return read_constraints(texts, problems), problems.found


def test_texts_become_constraints() -> None:
    found, problems = read(
        "val_dice >= 0.5", "val_balanced_accuracy>0.6", " val_n_empty_gt  <=  3e0 ", "val_score < .9"
    )
    assert found == (
        Constraint("val_dice", ">=", 0.5),
        Constraint("val_balanced_accuracy", ">", 0.6),
        Constraint("val_n_empty_gt", "<=", 3.0),
        Constraint("val_score", "<", 0.9),
    )
    assert problems == []
    assert str(found[0]) == "val_dice >= 0.5"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("val_dise >= 0.5", "search.constraints[0]: unknown metric 'val_dise'; did you mean val_dice?"),
        ("dice >= 0.5", "unknown metric 'dice'; did you mean val_dice?"),
        ("loss >= 0.5", "unknown metric 'loss'; known are val_accuracy, val_balanced_accuracy,"),
        ("val_dice >= half", "search.constraints[0]: expected a finite number after >=, found 'half'"),
        ("val_dice >= inf", "expected a finite number after >=, found 'inf'"),
        ("val_dice > nan", "expected a finite number after >, found 'nan'"),
        (
            "val_dice = 0.5",
            "expected METRIC >= NUMBER (or >, <=, <), such as 'val_dice >= 0.5', found 'val_dice = 0.5'",
        ),
        ("val_dice => 0.5", "expected METRIC >= NUMBER"),
        ("0.5 <= val_dice", "expected METRIC >= NUMBER"),
        ("val_dice >= 0.5 and val_iou >= 0.5", "expected METRIC >= NUMBER"),
        ("", "expected METRIC >= NUMBER"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, told: str) -> None:
    found, problems = read(text)
    assert found == ()
    assert told in "\n".join(problems)


def test_all_problems_are_told_at_once() -> None:
    found, problems = read("val_dise >= half", "val_iou >= 0.1", "nothing")
    assert [str(constraint) for constraint in found] == ["val_iou >= 0.1"]
    assert [problem.split(":")[0] for problem in problems] == ["search.constraints[0]"] * 2 + ["search.constraints[2]"]


@pytest.mark.parametrize(
    ("text", "value", "violation"),
    [
        ("val_dice >= 0.5", 0.75, -0.25),
        ("val_dice >= 0.5", 0.5, 0.0),
        ("val_dice >= 0.5", 0.25, 0.25),
        ("val_dice > 0.5", 0.5, 5e-324),
        ("val_dice <= 0.5", 0.75, 0.25),
        ("val_dice < 0.5", 0.25, -0.25),
        ("val_dice < 0.5", 0.5, 5e-324),
        ("val_dice < 0.5", math.nan, UNMEASURED),
        ("val_dice < 0.5", None, UNMEASURED),
    ],
)
def test_the_violation_is_the_distance_in_the_metrics_unit(text: str, value: float | None, violation: float) -> None:
    found, _ = read(text)
    assert found[0].violation({"val_dice": value, "val_iou": 9.0}) == violation


def test_an_absent_metric_violates_by_a_finite_number() -> None:
    found, _ = read("val_dice >= 0.5")
    assert found[0].violation({}) == UNMEASURED
    assert math.isfinite(UNMEASURED)


def test_a_constraint_applies_to_methods_that_have_its_task() -> None:
    found, _ = read("val_dice >= 0.5", "val_macro_f1 >= 0.5", "val_score >= 0.5")
    assert [constraint.applies_to({"segmentation"}) for constraint in found] == [True, False, True]
    assert [constraint.applies_to({"classification"}) for constraint in found] == [False, True, True]
    assert all(constraint.applies_to({"classification", "segmentation"}) for constraint in found)


def test_the_known_metrics_are_those_that_validation_gives() -> None:
    masks = torch.ones(2, 1, 4, 4, dtype=torch.bool)
    classes = classification_metrics(torch.eye(2), torch.tensor([0, 1]))
    assert {f"val_{name}" for name in classes} == set(CLASSIFICATION)
    assert {f"val_{name}" for name in segmentation_metrics(masks, masks)} == set(SEGMENTATION)
    assert set(METRICS) == {*CLASSIFICATION, *SEGMENTATION, "val_score"}
