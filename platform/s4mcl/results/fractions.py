"""The label fractions of a study's document: those that both tasks share, and those of each task its own."""

from collections.abc import Mapping
from typing import Any

from s4mcl_trainables.label_fraction import TaskFractions, read_fraction


def equal_fractions(config: Mapping[str, Any]) -> list[float]:
    """Those that are one number, in the order of the configuration."""
    found = [read_fraction(each) for each in config.get("label_fractions", ())]
    return [each for each in found if not isinstance(each, TaskFractions)]


def unequal_fractions(config: Mapping[str, Any]) -> list[TaskFractions]:
    """The others."""
    found = [read_fraction(each) for each in config.get("label_fractions", ())]
    return [each for each in found if isinstance(each, TaskFractions)]
