"""Bars of attempts over time, a lane a worker, few enough for a picture."""

import polars as pl

PIXELS = 1200  # of a wide screen
MOST = 4000  # bars
SCHEMA = {
    **dict.fromkeys(("machine", "slot"), pl.Int64),
    **dict.fromkeys(("method", "ended", "device"), pl.String),
    **dict.fromkeys(("begin", "end"), pl.Float64),
    "attempts": pl.Int64,
    "label_fraction": pl.Float64,
    **dict.fromkeys(("seed", "attempt"), pl.Int64),
}
SAME = ("machine", "slot", "method", "ended")


def gantt_frame(timed: pl.DataFrame, most: int = MOST) -> tuple[pl.DataFrame, float]:
    """The bars of a `timed_frame`, and the hours below which attempts of one lane are drawn as one.

    Columns machine, slot, method, ended ("running" while it goes on), device, begin and end (hours since the first
    attempt), attempts (how many the bar stands for), and label_fraction, seed and attempt where it is one.

    Attempts shorter than a pixel are drawn as one where they touch and share lane, method and ending. Where that leaves
    more than `most` bars, the pixel is taken larger until it does not.
    """
    if timed.is_empty():
        return pl.DataFrame(schema=SCHEMA), 0.0
    first = timed["begin"].min()
    since = [((pl.col(name) - pl.lit(first)).dt.total_microseconds() / 3.6e9).alias(name) for name in ("begin", "end")]
    bars = timed.with_columns(*since, pl.col("ended").fill_null("running"), attempts=pl.lit(1, pl.Int64))
    bars = bars.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    span = float(str(bars["end"].max()))
    pixel = span / PIXELS
    merged = _merged(bars, pixel)
    while merged.height > most and pixel < span:
        pixel *= 2
        merged = _merged(bars, pixel)
    return merged.sort("machine", "slot", "begin"), pixel


def _merged(bars: pl.DataFrame, pixel: float) -> pl.DataFrame:
    """Bars longer than a pixel as they are; of the others those of one pixel as one, then neighbours as one."""
    short = (pl.col("end") - pl.col("begin")) < pixel
    long, few = bars.filter(~short), bars.filter(short)
    if few.is_empty():
        return bars
    told = [
        *(
            pl.when(pl.len() == 1).then(pl.col(name).first()).alias(name)
            for name in ("label_fraction", "seed", "attempt")
        ),
        pl.col("device").first(),
        pl.col("begin").min(),
        pl.col("end").max(),
        pl.col("attempts").sum(),
    ]
    at = (pl.col("begin") / max(pixel, 1e-12)).floor().alias("at")
    of_pixel = few.group_by(*SAME, at, maintain_order=True).agg(told).sort(*SAME, "begin")
    apart = (pl.col("begin") - pl.col("end").shift(1).over(SAME)).fill_null(0) > pixel
    runs = of_pixel.with_columns(run=apart.cum_sum().over(SAME)).group_by(*SAME, "run", maintain_order=True).agg(told)
    return pl.concat([long, runs.select(long.columns)])
