"""Bars of attempts over time, a lane a worker, few enough for a picture."""

import polars as pl

PIXELS = 1200  # of a wide screen
MOST = 2500  # bars: a browser draws them in a tenth of a second or two
SCHEMA = {
    **dict.fromkeys(("machine", "slot"), pl.Int64),
    **dict.fromkeys(("method", "ended", "device"), pl.String),
    **dict.fromkeys(("begin", "end"), pl.Float64),
    "attempts": pl.Int64,
    "label_fraction": pl.Float64,
    **dict.fromkeys(("classification_fraction", "segmentation_fraction"), pl.Float64),
    **dict.fromkeys(("seed", "attempt"), pl.Int64),
    "key": pl.String,
}
LANE = ("machine", "slot")
SAME = (*LANE, "method", "ended")
ONE = pl.col("attempts").sum() == 1
SHARES = ("label_fraction", "classification_fraction", "segmentation_fraction")
OF_ONE = (*SHARES, "seed", "attempt", "key")
TOLD = (  # of attempts that are drawn as one
    *(pl.when(ONE).then(pl.col(name).first()).alias(name) for name in OF_ONE),
    pl.col("device").first(),
    pl.col("begin").min(),
    pl.col("attempts").sum(),
)


def gantt_frame(timed: pl.DataFrame, most: int = MOST) -> tuple[pl.DataFrame, float]:
    """The bars of a `timed_frame`, and the hours below which attempts of one lane are drawn as one.

    Columns machine, slot, method, ended ("running" while it goes on), device, begin and end (hours since the first
    attempt), attempts (how many the bar stands for), and label_fraction (and that of each task), seed, attempt and key
    where it is one.

    The attempts of one lane and one pixel that are shorter than it are drawn as one for each method and ending, one
    after the other, as long as they were together; so are neighbours of one method and ending then. Where that leaves
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
        pixel *= 1.4
        merged = _merged(bars, pixel)
    return merged.sort("machine", "slot", "begin"), pixel


def _merged(bars: pl.DataFrame, pixel: float) -> pl.DataFrame:
    """Bars longer than a pixel as they are; of the others those of one pixel as one, then neighbours as one."""
    short = (pl.col("end") - pl.col("begin")) < pixel
    long, few = bars.filter(~short), bars.filter(short)
    if few.is_empty():
        return bars
    at = (pl.col("begin") / max(pixel, 1e-12)).floor().alias("at")
    laid = _laid_out(few.with_columns(at, together=pl.col("end") - pl.col("begin")))
    like = pl.struct("method", "ended")
    apart = (pl.col("begin") - pl.col("end").shift(1).over(LANE)).fill_null(0) > pixel
    another = (like != like.shift(1).over(LANE)).fill_null(False)
    runs = laid.with_columns(run=(apart | another).cum_sum().over(LANE)).group_by(*SAME, "run", maintain_order=True)
    return pl.concat([long, runs.agg(*TOLD, pl.col("end").max()).select(long.columns)])


def _laid_out(few: pl.DataFrame) -> pl.DataFrame:
    """Short bars of one pixel of a lane: one for each method and ending, one after the other, as long as they were."""
    joined = few.group_by(*SAME, "at", maintain_order=True).agg(*TOLD, pl.col("end").max(), pl.col("together").sum())
    place = [*LANE, "at"]
    first, last = pl.col("begin").min().over(place), pl.col("end").max().over(place)
    room = (last - first) / pl.col("together").sum().over(place)  # below 1 where trials of one pack ran side by side
    length = pl.col("together") * room.fill_nan(1.0).clip(upper_bound=1.0)
    sized = joined.sort(*place, "begin").with_columns(first=first, length=length)
    before = pl.col("length").cum_sum().over(place) - pl.col("length")
    laid = sized.with_columns(begin=pl.col("first") + before)
    return laid.with_columns(end=pl.col("begin") + pl.col("length")).sort(*LANE, "begin")
