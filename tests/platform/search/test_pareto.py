"""Pareto fronts, against the definition and against the clock."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from s4mcl.search.pareto import front, front_numbers

Point = tuple[float, float]
VALUES = st.integers(0, 6).map(float)


def dominates(one: Point, other: Point) -> bool:
    return one != other and one[0] >= other[0] and one[1] >= other[1]


def peeled(points: list[Point]) -> list[int]:
    """By the definition: peel one front after another off."""
    numbers = [-1] * len(points)
    level = 0
    while -1 in numbers:
        left = [place for place, number in enumerate(numbers) if number == -1]
        best = [at for at in left if not any(dominates(points[other], points[at]) for other in left)]
        for place in best:
            numbers[place] = level
        level += 1
    return numbers


@given(st.lists(st.tuples(VALUES, VALUES), max_size=40))
def test_fronts_are_those_of_the_definition(points: list[Point]) -> None:
    assert front_numbers(points) == peeled(points)


@given(st.lists(st.tuples(VALUES, VALUES), max_size=40))
def test_the_front_is_what_none_dominates_by_falling_first_objective(points: list[Point]) -> None:
    found = front(points)
    assert sorted(found) == [
        place for place, point in enumerate(points) if not any(dominates(other, point) for other in points)
    ]
    assert [points[place][0] for place in found] == sorted((points[place][0] for place in found), reverse=True)


def test_equals_stand_together_and_nothing_has_no_front() -> None:
    assert front([(1.0, 2.0), (0.0, 0.0), (1.0, 2.0), (2.0, 1.0)]) == [3, 0, 2]
    assert front([]) == []


def test_a_hundred_thousand_points_on_one_front_take_under_two_seconds() -> None:
    """A pairwise comparison would need ten thousand million steps."""
    chance = random.Random(0)
    firsts = [chance.random() for _ in range(100_000)]
    started = time.process_time()
    assert len(front([(first, 1 - first) for first in firsts])) == 100_000
    assert time.process_time() - started < 2
