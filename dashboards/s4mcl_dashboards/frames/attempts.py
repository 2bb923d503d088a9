"""Attempts at trials with the time that a worker had them, on lanes of machines, and what they reserved."""

import heapq
from datetime import datetime

import polars as pl

from s4mcl_dashboards.frames.schema import complete

WAS_TOLD = ("key", "stage", "method", "host", "worker", "device", "ended")
ATTEMPTS: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(WAS_TOLD, pl.String),
    **dict.fromkeys(("label_fraction", "cpus", "gpus"), pl.Float64),
    **dict.fromkeys(("classification_fraction", "segmentation_fraction"), pl.Float64),
    **dict.fromkeys(("seed", "attempt"), pl.Int64),
}
MOMENTS = ("claimed_at", "started_at", "ended_at")
UTC = pl.Datetime("us", "UTC")
HOUR = 3600.0


def all_attempts(attempts: pl.DataFrame) -> pl.DataFrame:
    """The ledger's frame of attempts with every column that is read here."""
    frame = complete(attempts, ATTEMPTS)
    missing = [pl.lit(None, UTC).alias(name) for name in MOMENTS if name not in frame.columns]
    return frame.with_columns(missing)


def timed_frame(
    attempts: pl.DataFrame, *, cpus: float | None = None, gpus: float | None = None, until: datetime | None = None
) -> pl.DataFrame:
    """The attempts that a worker began, in the order of their begin, with begin, end, hours, machine and slot.

    An attempt that goes on ends at `until`, by default at the last moment that any attempt tells of. `machine` numbers
    the hosts from 1 in the order of their first attempt; where none is told it is 0. `slot` numbers, from 1, the lanes
    of a machine: a worker keeps its lane, and one that is gone leaves it to the next. `assumed` says that the ledger
    does not tell what was reserved, so that `cpus` and `gpus` are those given.

    Args:
        attempts: as the ledger gives them.
        cpus, gpus: what an attempt reserved where the ledger does not tell.
        until: in UTC.
    """
    frame = all_attempts(attempts).drop_nulls("started_at")
    if until is None:
        moments = [frame[name].max() for name in MOMENTS]
        until = max((moment for moment in moments if isinstance(moment, datetime)), default=None)
    begin, end = pl.col("started_at"), pl.coalesce("ended_at", pl.lit(until, UTC))
    timed = frame.with_columns(
        begin=begin,
        end=pl.max_horizontal(begin, end),
        assumed=pl.col("cpus").is_null(),
        cpus=pl.col("cpus").fill_null(cpus or 0.0),
        gpus=pl.col("gpus").fill_null(gpus or 0.0),
    ).sort("begin", "end", "key", maintain_order=True)
    hours = (pl.col("end") - pl.col("begin")).dt.total_microseconds() / (1e6 * HOUR)
    machine = pl.col("host").rank("dense").fill_null(0)
    numbered = timed.with_columns(hours=hours, machine=machine).with_row_index("row")
    return _in_order(numbered).drop("row")


def _in_order(timed: pl.DataFrame) -> pl.DataFrame:
    """With machines numbered by their first attempt, and slots."""
    hosts = timed.filter(pl.col("machine") > 0)["machine"].unique(maintain_order=True).to_list()
    numbers = {machine: place for place, machine in enumerate(hosts, start=1)}
    named = timed.with_columns(pl.col("machine").replace_strict(numbers, default=0, return_dtype=pl.Int64))
    worker = pl.coalesce("worker", pl.format("attempt {}", "row"))  # of unknown workers each attempt has its own
    lives = (
        named.with_columns(process=worker)
        .group_by("machine", "process", maintain_order=True)
        .agg(pl.col("begin").min(), pl.col("end").max())
        .sort("machine", "begin", "end", maintain_order=True)
    )
    slots = lives.with_columns(pl.Series("slot", _slots(lives), pl.Int64)).drop("begin", "end")
    joined = named.with_columns(process=worker).join(
        slots, on=["machine", "process"], how="left", maintain_order="left"
    )
    return joined.drop("process")


def _slots(lives: pl.DataFrame) -> list[int]:
    """The lane of each worker: the lowest that is free when it begins."""
    found: list[int] = []
    machine, used = None, 0
    free: list[int] = []
    busy: list[tuple[datetime, int]] = []
    for own, begin, end in lives.select("machine", "begin", "end").iter_rows():
        if own != machine:
            machine, used, free, busy = own, 0, [], []
        while busy and busy[0][0] <= begin:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if not free:
            used += 1
            free.append(used)
        slot = heapq.heappop(free)
        heapq.heappush(busy, (end, slot))
        found.append(slot)
    return found
