import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from s4mcl_dashboards.figures.contour import boundaries, path

MASKS = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8), elements=st.integers(0, 1)
)


def inside(lines: list[list[tuple[int, int]]], x: int, y: int) -> bool:
    """Even-odd rule: crossings of a ray to the right from (x, y)."""
    crossings = 0
    for line in lines:
        for (x0, y0), (x1, y1) in zip(line, [*line[1:], line[0]], strict=True):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                crossings += 1
    return crossings % 2 == 1


@settings(max_examples=150, deadline=None)
@given(MASKS)
def test_the_lines_enclose_exactly_the_object(mask: np.ndarray) -> None:
    lines = boundaries(mask)
    for row, column in np.ndindex(mask.shape):
        assert inside(lines, 2 * column + 1, 2 * row + 1) == bool(mask[row, column])


def test_a_square_with_a_hole_has_two_lines() -> None:
    mask = np.ones((5, 5), np.uint8)
    mask[2, 2] = 0
    assert len(boundaries(mask)) == 2


def test_straight_runs_keep_their_ends_only() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[5:15, 5:15] = 1
    (line,) = boundaries(mask)
    assert len(line) == 8  # four sides and four cut corners


def test_an_empty_mask_has_no_path_and_a_full_one_runs_along_the_edge() -> None:
    assert path(np.zeros((4, 4), np.uint8)) == ""
    numbers = [float(n) for n in re.findall(r"[\d.]+", path(np.ones((4, 6), np.uint8)))]
    assert (min(numbers), max(numbers)) == (0, 6)
