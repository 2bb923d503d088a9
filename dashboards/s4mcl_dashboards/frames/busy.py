"""How busy the cluster was: what was reserved over time, the share of the span, and when nothing ran."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 240
GAP = 0.01  # of the span, beyond which nothing running is told as a gap
RESERVED = ("cpus", "gpus")
SCHEMA = dict.fromkeys(("begin", "end", *RESERVED), pl.Float64)
SHARES = {
    "machine": pl.Int64,
    **dict.fromkeys(("slots", "attempts"), pl.Int64),
    **{f"{what}_{name}": pl.Float64 for name in RESERVED for what in ("peak", "hours", "share")},
}


@dataclass(frozen=True)
class Idle:
    """When nothing ran between the first and the last attempt: how often, and hours of it in all and at once."""

    gaps: int
    hours: float
    longest: float


def busy_frame(timed: pl.DataFrame, bins: int = BINS) -> pl.DataFrame:
    """One row an interval of equal length: begin, end (hours since the first attempt), cpus, gpus (mean reserved)."""
    if timed.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    begin, end = _hours(timed)
    edges = np.linspace(0.0, max(float(end.max()), 1e-9), bins + 1)
    means = {name: np.diff(_integral(begin, end, timed[name].to_numpy(), edges)) / np.diff(edges) for name in RESERVED}
    return pl.DataFrame({"begin": edges[:-1], "end": edges[1:], **means}, schema=SCHEMA)


def shares_frame(timed: pl.DataFrame) -> pl.DataFrame:
    """One row a machine, and one for all of them first (machine null).

    Columns: machine; slots (lanes); attempts; and of CPUs and GPUs: peak_* (the most reserved at once), hours_*
    (reserved), share_* (the hours of peak times the span of the whole study; null where nothing was reserved).
    """
    if timed.is_empty():
        return pl.DataFrame(schema=SHARES)
    span = float(_hours(timed)[1].max())
    groups = [
        (None, timed),
        *((machine, rows) for (machine,), rows in timed.sort("machine").group_by("machine", maintain_order=True)),
    ]
    rows = []
    for machine, own in groups:
        begin, end = _hours(own)
        row = {"machine": machine, "slots": own.select("machine", "slot").n_unique(), "attempts": own.height}
        for name in RESERVED:
            amounts = own[name].to_numpy()
            peak, hours = _peak(begin, end, amounts), float((amounts * (end - begin)).sum())
            share = hours / (peak * span) if peak > 0 and span > 0 else None
            row |= {f"peak_{name}": peak, f"hours_{name}": hours, f"share_{name}": share}
        rows.append(row)
    return pl.DataFrame(rows, schema=SHARES)


def span(timed: pl.DataFrame) -> tuple[datetime, datetime]:
    """The first begin and the last end of a `timed_frame`.

    Raises:
        ValueError: it is empty.
    """
    begin, end = timed["begin"].min(), timed["end"].max()
    if not isinstance(begin, datetime) or not isinstance(end, datetime):
        raise ValueError("no worker has begun an attempt")
    return begin, end


def idle(timed: pl.DataFrame) -> Idle:
    """The gaps of more than a hundredth of the span in which no attempt ran."""
    if timed.is_empty():
        return Idle(0, 0.0, 0.0)
    begin, end = _hours(timed)
    order = np.argsort(begin, kind="stable")
    covered = np.maximum.accumulate(end[order])
    gaps = begin[order][1:] - covered[:-1]
    told = gaps[gaps > GAP * float(end.max())]
    return Idle(len(told), float(told.sum()), float(told.max(initial=0.0)))


def _hours(timed: pl.DataFrame) -> tuple[Floats, Floats]:
    """Begin and end in hours since the first begin."""
    first = timed["begin"].min()
    columns = timed.select((pl.col(name) - pl.lit(first)).dt.total_microseconds() / 3.6e9 for name in ("begin", "end"))
    return columns["begin"].to_numpy(), columns["end"].to_numpy()


def _steps(begin: Floats, end: Floats, amounts: Floats) -> tuple[Floats, Floats]:
    """Moments [2n] in order and what is reserved from each on; at one moment ends come before begins."""
    moments = np.concatenate([end, begin])
    changes = np.concatenate([-amounts, amounts])
    order = np.argsort(moments, kind="stable")
    return moments[order], np.cumsum(changes[order])


def _peak(begin: Floats, end: Floats, amounts: Floats) -> float:
    lasting = end > begin
    level = _steps(begin[lasting], end[lasting], amounts[lasting])[1]
    return round(float(level.max(initial=0.0)), 6)


def _integral(begin: Floats, end: Floats, amounts: Floats, at: Floats) -> Floats:
    """What was reserved until each moment of `at`, in units times hours."""
    moments, level = _steps(begin, end, amounts)
    until = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(moments))])
    return np.asarray(np.interp(at, moments, until), np.float64)
