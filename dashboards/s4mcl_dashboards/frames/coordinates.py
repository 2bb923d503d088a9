"""Parallel coordinates: the proposals as lines over an axis a hyperparameter."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s4mcl_dashboards.frames.completed import Completed, is_number
from s4mcl_dashboards.frames.sample import spaced
from s4mcl_dashboards.frames.search import takes_logarithms
from s4mcl_dashboards.naming import compact

SCORE = "score"
ABSENT = -0.09  # where a line passes an axis whose hyperparameter it does not have
AXES, OTHERS, TOP = 12, 120, 40  # axes; lines that are drawn of the others; and of the best tenth
TICKS = 5
SPREAD = 0.55  # of the room of a choice, over which its lines are spread so that they do not hide each other
GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Axis:
    """One axis from 0 (left) to 1 (right).

    Attributes:
        name: the hyperparameter, or the score.
        says: what it shows where that is not the value itself.
        ticks: (place, text).
        places: [proposals] where each line crosses.
        texts: [proposals] the values in words.
    """

    name: str
    says: str
    ticks: tuple[tuple[float, str], ...]
    places: tuple[float, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Coordinates:
    """The axes, the score first; and which lines are drawn, as places among the proposals.

    Attributes:
        best: the proposal with the best score.
        top: the best tenth, at most 40, without the best.
        others: an even sample of the rest in the order of their scores.
        left_out: hyperparameters that have no axis, being too many.
    """

    axes: tuple[Axis, ...]
    best: int
    top: tuple[int, ...]
    others: tuple[int, ...]
    left_out: tuple[str, ...]


def coordinates_of(completed: Completed, order: Sequence[str], logarithms: Mapping[str, bool]) -> Coordinates | None:
    """The picture of a search; None with fewer than two completed proposals or where nothing varied.

    Args:
        completed: of one method and label fraction.
        order: hyperparameters, the most important first; others follow as they come.
        logarithms: whether a hyperparameter was searched by its logarithm; guessed where it is not named.
    """
    if len(completed) < 2 or not completed.names:
        return None
    names = sorted(completed.names, key=lambda name: order.index(name) if name in order else len(order))
    kept, left_out = names[:AXES], names[AXES:]
    score = _number_axis(SCORE, list(completed.scores), {SCORE: False})
    axes = [score, *(_axis(name, completed.column(name), logarithms) for name in kept)]
    ranked = completed.ranked
    tenth = min(math.ceil(len(ranked) / 10), TOP)
    rest = ranked[max(tenth, 1) :]
    others = tuple(rest[place] for place in spaced(len(rest), OTHERS))
    return Coordinates(tuple(axes), ranked[0], tuple(ranked[1:tenth]), others, tuple(left_out))


def _axis(name: str, values: list[Any], logarithms: Mapping[str, bool]) -> Axis:
    known = [value for value in values if value is not None]
    if all(isinstance(value, list) for value in known):
        sizes = [None if value is None else len(value) for value in values]
        return _choice_axis(name, sizes, "how many")
    if all(is_number(value) for value in known) and len(set(known)) > 1:
        return _number_axis(name, values, logarithms)
    return _choice_axis(name, [None if value is None else _text(value) for value in values], "")


def _number_axis(name: str, values: Sequence[float | None], logarithms: Mapping[str, bool]) -> Axis:
    known = [float(value) for value in values if value is not None]
    by_logarithm = takes_logarithms(name, known, logarithms)
    scaled = [math.log10(value) if by_logarithm else value for value in known]
    low, span = min(scaled), (max(scaled) - min(scaled)) or 1.0
    at = iter((value - low) / span for value in scaled)
    places = tuple(ABSENT if value is None else next(at) for value in values)
    texts = tuple("not set" if value is None else compact(float(value)) for value in values)
    ticks = _decades(low, span) if by_logarithm else _round_ticks(low, span)
    return Axis(name, "", _with_absent(ticks, values), places, texts)


def _decades(low: float, span: float) -> list[tuple[float, str]]:
    """The ends, and powers of ten in between that have room."""
    ends = [(place, f"{10 ** (low + place * span):.2g}".replace("-", "−")) for place in (0.0, 1.0)]
    powers = range(math.ceil(low), math.floor(low + span) + 1)
    step = max(1, math.ceil(len(powers) / 3))
    inner = [((power - low) / span, compact(10.0**power)) for power in powers if power % step == 0]
    return [ends[0], *(tick for tick in inner if 0.18 < tick[0] < 0.82), ends[1]]


def _round_ticks(low: float, span: float) -> list[tuple[float, str]]:
    steps = [place / (TICKS - 1) for place in range(TICKS)]
    return [(step, f"{low + step * span:.3g}".replace("-", "−")) for step in steps]


def _choice_axis(name: str, values: Sequence[Any], says: str) -> Axis:
    """Evenly spaced choices, numbers in their order; the lines of one are spread a little, always the same way."""
    choices = sorted({value for value in values if value is not None})
    at = {choice: (place + 0.5) / len(choices) for place, choice in enumerate(choices)}
    room = SPREAD / max(len(choices), 1)
    places = tuple(
        ABSENT if value is None else at[value] + room * ((place * GOLDEN) % 1 - 0.5)
        for place, value in enumerate(values)
    )
    texts = tuple("not set" if value is None else str(value) for value in values)
    return Axis(name, says, _with_absent([(at[choice], str(choice)) for choice in choices], values), places, texts)


def _with_absent(ticks: list[tuple[float, str]], values: Sequence[Any]) -> tuple[tuple[float, str], ...]:
    return ((ABSENT, "not set"), *ticks) if None in values else tuple(ticks)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
