"""Effects with the interval and the corrected p that a reader is shown: of comparisons, and of ablation designs."""

import polars as pl

from s4mcl_dashboards.frames.label_fraction import CROSSED, SEEDS


def compared_frame(comparisons: pl.DataFrame) -> pl.DataFrame:
    """The comparisons of the statistics; `low`, `high` and `p_holm` are those over seeds where there are no others.

    `over` says what they are over: seeds and test groups, or seeds; null without limits.
    """
    crossed = pl.col("low").is_not_null()
    over = pl.when(crossed).then(pl.lit(CROSSED)).when(pl.col("seed_low").is_not_null()).then(pl.lit(SEEDS))
    either = [
        pl.when(crossed).then(pl.col(name)).otherwise(pl.col(f"seed_{name}")).alias(name)
        for name in ("low", "high", "p_holm")
    ]
    return comparisons.with_columns(*either, over.alias("over"))


def blocks_of(ablation: pl.DataFrame) -> list[pl.DataFrame]:
    """The effects of each design by label fraction, as the statistics correct and compare them."""
    return ablation.partition_by("design", "label_fraction", maintain_order=True) if ablation.height else []
