"""Pareto fronts of two objectives, both the higher the better."""

from bisect import bisect_right
from collections.abc import Sequence


def front_numbers(points: Sequence[tuple[float, float]]) -> list[int]:
    """The front of every point: 0 for those that none dominates, 1 for those that only front 0 dominates, ...

    A point dominates another that is higher in neither and lower in one. In O(n log n): taken from the highest first
    objective down, a point belongs to the first front whose highest second objective so far is below its own. These
    heights fall from front to front, so that front is found by bisection.
    """
    order = sorted(range(len(points)), key=lambda place: (-points[place][0], -points[place][1]))
    numbers = [0] * len(points)
    depths: list[float] = []  # minus the highest second objective of each front, ascending
    before: int | None = None
    for place in order:
        if before is not None and points[place] == points[before]:
            numbers[place] = numbers[before]  # equals do not dominate each other
            continue
        depth = -points[place][1]
        front = bisect_right(depths, depth)
        depths[front : front + 1] = [depth]
        numbers[place], before = front, place
    return numbers


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The places of the points that none dominates, by falling first objective; equals in the order given."""
    numbers = front_numbers(points)
    best = [place for place, number in enumerate(numbers) if number == 0]
    return sorted(best, key=lambda place: (-points[place][0], place))
