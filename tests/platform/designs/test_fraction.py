"""Fractional factorials against the tables of the textbooks."""

from itertools import combinations

import numpy as np
import pytest

from s4mcl.designs.fraction import aliases, fraction, generators, resolution_of

# Box, Hunter & Hunter 2005, table 6.22: the fewest runs of a resolution.
TABLE = {
    (3, 3): 4, (4, 4): 8, (5, 3): 8, (5, 5): 16, (6, 3): 8, (6, 4): 16, (6, 6): 32, (7, 3): 8, (7, 4): 16, (7, 7): 64,
    (8, 4): 16, (8, 5): 64, (9, 3): 16, (9, 4): 32, (9, 6): 128, (10, 3): 16, (10, 4): 32, (10, 5): 128, (11, 3): 16,
    (11, 4): 32, (11, 5): 128,
}  # fmt: skip


@pytest.mark.parametrize(("factors", "resolution"), TABLE)
def test_as_few_runs_as_the_textbook(factors: int, resolution: int) -> None:
    matrix = fraction(factors, resolution)
    assert matrix.shape == (TABLE[factors, resolution], factors)
    found = resolution_of(matrix)
    assert found is not None
    assert found >= resolution


@pytest.mark.parametrize("factors", range(2, 11))
@pytest.mark.parametrize("resolution", [3, 4, 5, 6])
def test_columns_are_balanced_and_words_as_long_as_stated(factors: int, resolution: int) -> None:
    matrix = fraction(factors, resolution)
    assert (matrix[0] == 1).all()
    assert set(np.unique(matrix)) == {-1, 1}
    assert len({tuple(row) for row in matrix.tolist()}) == len(matrix)
    for length in range(1, min(resolution, factors + 1)):
        for chosen in combinations(range(factors), length):
            assert matrix[:, chosen].prod(axis=1).sum() == 0, chosen


def test_a_resolution_beyond_the_factors_is_the_full_factorial() -> None:
    assert generators(3, 4) == ()
    assert fraction(3, 4).shape == (8, 3)
    assert resolution_of(fraction(3, 4)) is None


def test_the_library_alone_would_give_too_few_runs() -> None:
    from pyDOE3 import fracfact_by_res

    assert resolution_of(fracfact_by_res(7, 5).astype(np.int8)) == 4
    assert resolution_of(fraction(7, 5)) == 5


def test_what_cannot_be_told_apart() -> None:
    assert aliases(fraction(3, 3), ["a", "b", "c"]) == [("a", "b x c"), ("b", "a x c"), ("c", "a x b")]
    assert aliases(fraction(4, 4), list("abcd")) == [("a x b", "c x d"), ("a x c", "b x d"), ("a x d", "b x c")]
    assert aliases(fraction(5, 5), list("abcde")) == []
