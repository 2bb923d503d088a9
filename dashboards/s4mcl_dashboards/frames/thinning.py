"""Fewer points of a long curve: a picture of a few hundred pixels shows no more."""

from collections.abc import Sequence

import polars as pl


def thinned(frame: pl.DataFrame, of: Sequence[str], longest: int) -> pl.DataFrame:
    """The frame with at most `longest` rows of each curve: every k-th row of it, and its last.

    Args:
        frame: rows in the order of the curve.
        of: the columns that tell one curve from another.
        longest: at least 2.
    """
    place, length = pl.int_range(pl.len()).over(of), pl.len().over(of)
    step = ((length + longest - 2) // (longest - 1)).clip(lower_bound=1)
    return frame.filter((place % step == 0) | (place == length - 1))
