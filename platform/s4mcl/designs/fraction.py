"""Two-level fractional factorials: as few runs as a resolution allows, and what they cannot tell apart."""

from collections.abc import Sequence
from functools import cache
from itertools import combinations
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

MOST_FACTORS = 16


def fraction(factors: int, resolution: int) -> NDArray[np.int8]:
    """The design matrix [runs, factors] of +1 and -1, with +1 everywhere in the first run.

    The columns are those of pyDOE3's `fracfact`. Its generators are found here, since its own `fracfact_by_res` misses
    designs (3 factors at III) and gives 7 factors at V in 32 runs of resolution IV: it looks at the words alone, not
    at their products (Box, Hunter & Hunter 2005, section 6: the shortest word of the defining relation counts).

    Args:
        factors: 1 to 16.
        resolution: 3 or more; where it exceeds the number of factors, the design is the full one.
    """
    from pyDOE3 import ff2n, fracfact  # noqa: PLC0415  # imports scipy.stats

    words = generators(factors, resolution)
    base = factors - len(words)
    letters = [*ascii_lowercase[:base], *("".join(ascii_lowercase[place] for place in word) for word in words)]
    matrix = fracfact(" ".join(letters)) if words else ff2n(factors)
    # The run with +1 in every base factor has +1 in every product of them, and is the library's last.
    ordered: NDArray[np.int8] = np.flipud(matrix).astype(np.int8)
    return ordered


@cache
def generators(factors: int, resolution: int) -> tuple[tuple[int, ...], ...]:
    """For each factor after the base ones, the base factors whose product it is; as many as the resolution allows."""
    for base in range(1, factors):
        words = _words([], base, factors - base, resolution, _candidates(base, resolution))
        if words is not None:
            return tuple(words)
    return ()


def resolution_of(matrix: NDArray[np.int8]) -> int | None:
    """The length of the shortest word of the defining relation; None for a full factorial."""
    runs, factors = matrix.shape
    for length in range(1, factors + 1):
        for chosen in combinations(range(factors), length):
            if abs(int(matrix[:, chosen].prod(axis=1, dtype=np.int64).sum())) == runs:
                return length
    return None


def aliases(matrix: NDArray[np.int8], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Main effects and two-factor interactions ("a x b") that no analysis of these runs can tell apart."""
    factors = range(matrix.shape[1])
    effects = {names[one]: matrix[:, one] for one in factors}
    effects |= {f"{names[a]} x {names[b]}": matrix[:, a] * matrix[:, b] for a, b in combinations(factors, 2)}
    alike: dict[bytes, list[str]] = {}
    for name, column in effects.items():
        alike.setdefault((column * column[0]).tobytes(), []).append(name)
    return [tuple(found) for found in alike.values() if len(found) > 1]


def _candidates(base: int, resolution: int) -> list[tuple[int, ...]]:
    lengths = range(max(2, resolution - 1), base + 1)
    return [word for length in lengths for word in combinations(range(base), length)]


def _words(
    group: list[int], base: int, missing: int, resolution: int, candidates: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]] | None:
    """Generators whose defining relation has no word shorter than the resolution; None when there are none.

    `group` holds the words of the relation so far, each a bit a factor: closed under products, the empty one left out.
    """
    if missing == 0:
        return []
    for place, word in enumerate(candidates):
        bit = base + missing - 1
        mask = sum(1 << factor for factor in word) | 1 << bit
        grown = [mask, *(mask ^ other for other in group)]
        if all(found.bit_count() >= resolution for found in grown):
            rest = _words([*group, *grown], base, missing - 1, resolution, candidates[place + 1 :])
            if rest is not None:
                return [*rest, word]
    return None
