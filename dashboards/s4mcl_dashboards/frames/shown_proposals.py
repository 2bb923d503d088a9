"""Which proposals of a large search are drawn: a picture of a few hundred pixels shows no more of them."""

import polars as pl

GROUP = ("method", "label_fraction")
MOST, BEST = 400, 100  # of a group: points that are drawn, and those among them that are the best


def with_shown(history: pl.DataFrame, most: int = MOST, best: int = BEST) -> pl.DataFrame:
    """The frame with the column `shown`: whether the figures draw this proposal.

    Of a group of more than `most` proposals these are the `best` ones by score, every k-th of the others in the order
    of their numbers, so that they lie as densely as all do, and the last.

    Args:
        history: a row a proposal: method, label_fraction, number, and `last`, its score or that at its last rung.
        most: more than `best`.
    """
    rank = pl.col("last").fill_null(-float("inf")).rank("ordinal", descending=True).over(*GROUP)
    ranked = history.with_columns((rank <= best).alias("shown"), pl.len().over(*GROUP).alias("of"))
    others = (~pl.col("shown")).cast(pl.Int64)
    place = others.cum_sum().over(*GROUP, order_by="number") - 1
    step = (others.sum().over(*GROUP) + most - best - 1) // (most - best)
    spaced = (others == 1) & (place % step == 0)
    last = pl.col("number") == pl.col("number").max().over(*GROUP)
    return ranked.with_columns(pl.col("shown") | (pl.col("of") <= most) | spaced | last).drop("of")


def only_shown(frame: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """The rows of a frame with method, label_fraction and number whose proposals the figures draw."""
    shown = history.filter(pl.col("shown")).select(*GROUP, "number")
    return frame.join(shown, on=[*GROUP, "number"], how="semi", nulls_equal=True, maintain_order="left")


def told_shown(history: pl.DataFrame) -> str:
    """In words what the figures leave out; empty where they draw all."""
    counts = history.group_by(*GROUP, maintain_order=True).agg(pl.col("shown").sum(), pl.len().alias("all"))
    counts = counts.filter(pl.col("shown") < pl.col("all"))
    if counts.is_empty():
        return ""
    shown, every = int(counts["shown"].sum()), int(counts["all"].sum())
    return (
        f"The figures draw {shown:,} of {every:,} proposals, at each label fraction the best {BEST} and evenly spaced "
        "ones of the others; what is counted and said in numbers rests on all."
    )
