"""The boundary of a binary mask as closed lines, by marching squares."""

import numpy as np
from numpy.typing import NDArray

Point = tuple[int, int]  # (x, y) in half pixels
# Corners of a cell count 1 top left, 2 top right, 4 bottom right, 8 bottom left. A segment runs between midpoints of
# the cell's sides, always with the object on the same hand, so that ends meet starts around each object.
TOP, RIGHT, BOTTOM, LEFT = (1, 0), (2, 1), (1, 2), (0, 1)
SEGMENTS: dict[int, tuple[tuple[Point, Point], ...]] = {
    1: ((TOP, LEFT),),
    2: ((RIGHT, TOP),),
    3: ((RIGHT, LEFT),),
    4: ((BOTTOM, RIGHT),),
    5: ((TOP, LEFT), (BOTTOM, RIGHT)),
    6: ((BOTTOM, TOP),),
    7: ((BOTTOM, LEFT),),
    8: ((LEFT, BOTTOM),),
    9: ((TOP, BOTTOM),),
    10: ((RIGHT, TOP), (LEFT, BOTTOM)),
    11: ((RIGHT, BOTTOM),),
    12: ((LEFT, RIGHT),),
    13: ((TOP, RIGHT),),
    14: ((LEFT, TOP),),
}


def boundaries(mask: NDArray[np.uint8]) -> list[list[Point]]:
    """The closed boundary lines of a mask [H,W], outer ones and holes.

    Points are (x, y) in half pixels: pixel (row, column) has its centre at (2·column + 1, 2·row + 1). Every point lies
    half-way between a pixel of the object and one outside. Straight runs keep their ends only. Touching corners part.
    """
    padded = np.pad(mask > 0, 1).astype(np.uint8)
    code = padded[:-1, :-1] + 2 * padded[:-1, 1:] + 4 * padded[1:, 1:] + 8 * padded[1:, :-1]
    onward: dict[Point, Point] = {}
    for row, column in np.argwhere((code > 0) & (code < 15)):
        x, y = 2 * int(column) - 1, 2 * int(row) - 1  # the cell's top left corner: the centre of a padded pixel
        for start, end in SEGMENTS[int(code[row, column])]:
            onward[(x + start[0], y + start[1])] = (x + end[0], y + end[1])
    lines = []
    while onward:
        start, following = onward.popitem()
        line = [start]
        while following != start:
            line.append(following)
            following = onward.pop(following)
        lines.append(_corners(line))
    return lines


def _corners(line: list[Point]) -> list[Point]:
    """The closed line without the points inside its straight runs."""
    kept = []
    for i, (x, y) in enumerate(line):
        before, after = line[i - 1], line[(i + 1) % len(line)]
        if (x - before[0]) * (after[1] - y) != (y - before[1]) * (after[0] - x):
            kept.append((x, y))
    return kept


def path(mask: NDArray[np.uint8]) -> str:
    """The boundaries as the `d` of an SVG path in pixels; empty for an empty mask."""
    return "".join(f"M{' '.join(f'{x / 2:g},{y / 2:g}' for x, y in line)}Z" for line in boundaries(mask))
