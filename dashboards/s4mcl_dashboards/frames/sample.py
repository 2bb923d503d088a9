"""An even sample of rows, where a picture could not show them all."""

import polars as pl


def spaced(length: int, most: int) -> list[int]:
    """At most `most` places of `length`, evenly spaced, the first and the last among them; all where they fit."""
    if length <= most:
        return list(range(length))
    return sorted({round(place * (length - 1) / (most - 1)) for place in range(most)})


def sampled(frame: pl.DataFrame, most: int, *, keep: pl.Expr | None = None) -> pl.DataFrame:
    """At most about `most` rows in their order, evenly spaced; rows where `keep` holds stay, whatever their number.

    Always the same rows of the same frame, so that a picture does not flicker when it is drawn again.
    """
    if frame.height <= most:
        return frame
    kept = pl.lit(False) if keep is None else keep.fill_null(False)
    marked = frame.with_columns(kept.alias("__kept")).with_row_index("__place")
    others = marked.filter(~pl.col("__kept"))
    room = max(most - (frame.height - others.height), 2)
    chosen = pl.concat([marked.filter("__kept"), others[spaced(others.height, room)]]).sort("__place")
    return chosen.drop("__kept", "__place")
