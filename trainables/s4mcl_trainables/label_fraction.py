"""A label fraction: the share of the training images whose labels a method may see, one for both tasks or one each."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CLASSIFICATION = "classification"
SEGMENTATION = "segmentation"
TASKS = (CLASSIFICATION, SEGMENTATION)


@dataclass(frozen=True)
class TaskFractions:
    """Unequal shares, each above 0 and at most 1: of the images that have a class, and of those that have a mask."""

    classification: float
    segmentation: float

    def __format__(self, spec: str) -> str:
        return f"{self.classification:{spec}}/{self.segmentation:{spec}}"

    def __str__(self) -> str:
        return f"{self}"


LabelFraction = float | TaskFractions


def label_fraction(classification: float, segmentation: float) -> LabelFraction:
    """Equal shares are one number, so that a label fraction has one form.

    >>> label_fraction(0.5, 0.5), f"{label_fraction(0.5, 0.05):g}"
    (0.5, '0.5/0.05')
    """
    return classification if classification == segmentation else TaskFractions(classification, segmentation)


def plain_fraction(fraction: LabelFraction) -> float | dict[str, float]:
    """A number, or the number of each task: plain values, ready for JSON."""
    return dict(vars(fraction)) if isinstance(fraction, TaskFractions) else fraction


def read_fraction(plain: Any) -> LabelFraction:
    """The inverse of `plain_fraction`; a label fraction itself is taken, too."""
    if isinstance(plain, Mapping):
        return label_fraction(float(plain[CLASSIFICATION]), float(plain[SEGMENTATION]))
    return plain  # type: ignore[no-any-return]  # as its caller has it: a number stays of the type that it is


def share_of(fraction: LabelFraction, task: str) -> float:
    """The share of one task."""
    return float(getattr(fraction, task)) if isinstance(fraction, TaskFractions) else fraction


def fraction_for(fraction: LabelFraction, tasks: Iterable[str]) -> LabelFraction:
    """What a method of these tasks sees of it: a method of one task has no use for the other's share.

    >>> fraction_for(TaskFractions(0.5, 0.05), {"segmentation"})
    0.05
    """
    known = [task for task in TASKS if task in tasks]
    return share_of(fraction, known[0]) if len(known) == 1 else fraction


def middle_of(fraction: LabelFraction) -> float:
    """The geometric mean of the shares: where it lies among fractions that are equal for both tasks."""
    if not isinstance(fraction, TaskFractions):
        return fraction
    return math.sqrt(fraction.classification * fraction.segmentation)


def order_of(fraction: LabelFraction) -> tuple[float, float]:
    """A key to sort label fractions by."""
    return share_of(fraction, CLASSIFICATION), share_of(fraction, SEGMENTATION)
