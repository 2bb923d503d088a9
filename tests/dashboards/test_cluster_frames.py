"""Lanes, bars, busy shares and costs by numbers."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl.ledger.attempts import ATTEMPT_SCHEMA
from s4mcl_dashboards.frames.attempts import timed_frame
from s4mcl_dashboards.frames.busy import busy_frame, idle, shares_frame
from s4mcl_dashboards.frames.gantt import MOST, gantt_frame
from s4mcl_dashboards.frames.spending import endings_frame, spending_frame

START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(*given: dict[str, Any]) -> pl.DataFrame:
    """Attempts from and to an hour after the start; what a row leaves out has a plain value."""
    plain = {"stage": "confirm", "method": "unet", "label_fraction": 0.2, "seed": 0, "attempt": 1, "ended": "completed"}
    place = {"host": "a", "worker": "1", "device": "cpu", "cpus": 1.0, "gpus": 0.0}
    filled = []
    for number, row in enumerate(given):
        whole = {"key": f"key{number}", **plain, **place, **row}
        begin, end = whole.pop("at", (0.0, 1.0))
        whole |= {"claimed_at": START, "started_at": None if begin is None else START + timedelta(hours=begin)}
        whole["ended_at"] = None if end is None else START + timedelta(hours=end)
        filled.append(whole)
    return pl.DataFrame(filled, schema=ATTEMPT_SCHEMA)


def test_workers_have_lanes_and_leave_them_to_the_next() -> None:
    found = timed_frame(
        rows(
            {"worker": "1", "at": (0, 1)},
            {"worker": "2", "at": (0.5, 3)},
            {"worker": "1", "at": (1, 2)},
            {"worker": "3", "at": (2, 3)},  # when worker 1 is gone
            {"host": "b", "worker": "1", "at": (0.2, 1)},
            {"at": (None, None), "ended": "released"},  # no worker ever began it
        )
    )
    assert found.select("key", "machine", "slot").rows() == [
        ("key0", 1, 1),
        ("key4", 2, 1),
        ("key1", 1, 2),
        ("key2", 1, 1),
        ("key3", 1, 1),
    ]
    assert found["hours"].to_list() == pytest.approx([1, 0.8, 2.5, 1, 1])


def test_an_attempt_that_goes_on_ends_now_and_unknown_shares_are_assumed() -> None:
    given = rows({"at": (0, None), "ended": None}, {"worker": "2", "at": (1, 4), "cpus": None, "gpus": None})
    found = timed_frame(given, cpus=2.0, gpus=0.5)
    assert found["hours"].to_list() == [4, 3]
    assert found.select("cpus", "gpus", "assumed").rows() == [(1, 0, False), (2, 0.5, True)]
    later = timed_frame(given, until=START + timedelta(hours=10))
    assert later["hours"].to_list() == [10, 3]


def test_attempts_of_unknown_workers_do_not_cover_each_other() -> None:
    nobody = {"host": None, "worker": None}
    found = timed_frame(rows({**nobody, "at": (0, 2)}, {**nobody, "at": (1, 3)}, {**nobody, "at": (2, 4)}))
    assert found.select("machine", "slot").rows() == [(0, 1), (0, 2), (0, 1)]


def test_short_neighbours_become_one_bar_and_long_ones_stay() -> None:
    second = 1 / 3600
    short = [{"at": (place * second, (place + 1) * second)} for place in range(20)]
    other = {"at": (20 * second, 21 * second), "ended": "failed"}
    bars, pixel = gantt_frame(timed_frame(rows(*short, other, {"at": (1, 5), "seed": 7}, {"at": (6, 6 + second)})))
    assert pixel == pytest.approx((6 + second) / 1200)
    assert bars.select("attempts", "ended", "seed").rows() == [
        (20, "completed", None),
        (1, "failed", 0),
        (1, "completed", 7),
        (1, "completed", 0),
    ]
    assert bars["end"][0] == pytest.approx(20 * second)


@given(st.integers(0, 1000), st.integers(1, 400), st.sampled_from([10, 100, MOST]))
def test_no_attempt_is_lost_and_bars_are_few(seed: int, count: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    begins, lengths = rng.uniform(0, 10, count), rng.exponential(0.01, count)
    given = [
        {"method": rng.choice(["unet", "cnn"]), "worker": str(number), "at": (begin, begin + length)}
        for number, (begin, length) in enumerate(zip(begins, lengths, strict=True))
    ]
    timed = timed_frame(rows(*given))
    bars, _ = gantt_frame(timed, most)
    assert bars["attempts"].sum() == count
    lanes = timed.select("machine", "slot").n_unique()
    assert bars.height <= max(most, 2 * lanes)
    assert bars["begin"].min() == 0
    assert (bars["end"] >= bars["begin"]).all()


@given(st.integers(0, 1000), st.integers(2, 300), st.sampled_from([5, 50, MOST]))
def test_bars_are_as_long_as_their_attempts_and_do_not_cover_each_other(seed: int, count: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.exponential([0.02, 0.5], (count // 2 + 1, 2)).ravel()[:count]
    begins = np.cumsum(lengths + rng.exponential(0.01, count)) - lengths  # one after the other on one worker
    given = [
        {"method": rng.choice(["unet", "cnn"]), "at": (begin, begin + length)}
        for begin, length in zip(begins, lengths, strict=True)
    ]
    timed = timed_frame(rows(*given))
    bars, pixel = gantt_frame(timed, most)
    for method in ("unet", "cnn"):
        drawn, of = bars.filter(method=method), timed.filter(method=method)
        gaps = pixel * (bars.height + count)  # neighbours that are drawn as one take the gaps between them along
        assert of["hours"].sum() - 1e-6 <= (drawn["end"] - drawn["begin"]).sum() <= of["hours"].sum() + gaps
    assert (bars["begin"].shift(-1) - bars["end"]).drop_nulls().min() > -1e-6


def test_ten_thousand_attempts_are_drawn_with_few_bars_in_little_time() -> None:
    rng = np.random.default_rng(0)
    workers = np.arange(10_000) % 32
    begins = np.arange(10_000) // 32 * 0.05 + rng.uniform(0, 0.01, 10_000)
    given = rows(
        *(
            {"worker": str(worker), "method": f"m{number % 6}", "at": (begin, begin + 0.03)}
            for number, (worker, begin) in enumerate(zip(workers, begins, strict=True))
        )
    )
    begun = time.perf_counter()
    bars, _ = gantt_frame(timed_frame(given))
    taken = time.perf_counter() - begun
    assert bars.height <= MOST
    assert bars["attempts"].sum() == 10_000
    assert taken < 2


def test_reserved_over_time_shares_and_gaps() -> None:
    timed = timed_frame(
        rows(
            {"at": (0, 2), "cpus": 2.0, "gpus": 1.0},
            {"worker": "2", "at": (1, 2), "cpus": 1.0},
            {"host": "b", "at": (6, 8), "cpus": 1.0},
        )
    )
    busy = busy_frame(timed, bins=8)
    assert busy["cpus"].to_list() == pytest.approx([2, 3, 0, 0, 0, 0, 1, 1])
    assert busy["gpus"].to_list() == pytest.approx([1, 1, 0, 0, 0, 0, 0, 0])
    whole, first, second = shares_frame(timed).to_dicts()
    assert (whole["machine"], whole["slots"], whole["attempts"]) == (None, 3, 3)
    assert (whole["peak_cpus"], whole["hours_cpus"]) == (3, 7)
    assert whole["share_cpus"] == pytest.approx(7 / (3 * 8))
    assert (first["peak_gpus"], first["hours_gpus"], first["share_gpus"]) == (1, 2, 2 / 8)
    assert (second["peak_gpus"], second["share_gpus"]) == (0, None)
    gaps = idle(timed)
    assert (gaps.gaps, gaps.hours, gaps.longest) == (1, 4, 4)


@given(st.integers(0, 1000), st.integers(1, 60))
def test_what_was_reserved_over_time_adds_up(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    begins = rng.uniform(0, 10, count)
    given = [
        {"worker": str(number), "at": (begin, begin + rng.exponential()), "cpus": float(rng.integers(1, 4))}
        for number, begin in enumerate(begins)
    ]
    timed = timed_frame(rows(*given))
    busy = busy_frame(timed, bins=37)
    hours = float((timed["hours"] * timed["cpus"]).sum())
    assert float((busy["cpus"] * (busy["end"] - busy["begin"])).sum()) == pytest.approx(hours, rel=1e-6)
    assert shares_frame(timed)["hours_cpus"][0] == pytest.approx(hours)
    assert shares_frame(timed)["share_cpus"][0] <= 1 + 1e-9


def test_one_after_the_other_reserves_one() -> None:
    assert shares_frame(timed_frame(rows({"at": (0, 1)}, {"at": (1, 2)})))["peak_cpus"].to_list() == [1, 1]


def test_hours_costs_and_retries_of_each_method() -> None:
    timed = timed_frame(
        rows(
            {"key": "a", "at": (0, 2), "cpus": 2.0, "gpus": 1.0},
            {"key": "b", "at": (2, 3), "ended": "lost"},
            {"key": "b", "at": (3, 4), "attempt": 2},
            {"key": "c", "method": "cnn", "at": (0, 1)},
        )
    )
    unet, cnn, other = spending_frame(timed, ["unet", "cnn", "s4mcl"], 0.1, 2.0).to_dicts()
    assert (unet["trials"], unet["attempts"], unet["retries"]) == (2, 3, 1)
    assert (unet["hours"], unet["cpu_hours"], unet["gpu_hours"], unet["vain"]) == (4, 6, 2, 0.25)
    assert unet["cost"] == pytest.approx(0.6 + 4)
    assert cnn["cost"] == pytest.approx(0.1)
    assert (other["attempts"], other["vain"], other["cost"]) == (0, None, 0)
    no_gpu_price = spending_frame(timed, ["unet"], 0.1, None)
    assert no_gpu_price.select("method", "cost").rows() == [("unet", None), ("cnn", pytest.approx(0.1))]
    assert spending_frame(timed, [])["cost"].null_count() == 2


def test_how_attempts_ended() -> None:
    found = endings_frame(
        rows({}, {"ended": "failed"}, {"ended": None, "at": (0, None)}, {"method": "cnn"}), ["cnn", "unet"]
    )
    assert found.select("method", "completed", "failed", "running").rows() == [("cnn", 1, 0, 0), ("unet", 1, 1, 1)]


def test_nothing_ran() -> None:
    for found in (pl.DataFrame(), rows(), rows({"at": (None, None)})):
        timed = timed_frame(found)
        assert timed.is_empty()
        bars, pixel = gantt_frame(timed)
        assert (bars.is_empty(), pixel) == (True, 0)
        assert busy_frame(timed).is_empty()
        assert shares_frame(timed).is_empty()
        assert idle(timed).gaps == 0
        assert spending_frame(timed, ["unet"])["hours"].to_list() == [0]


def test_an_attempt_of_no_length_is_a_bar() -> None:
    timed = timed_frame(rows({"at": (0, 0)}))
    bars, _ = gantt_frame(timed)
    assert bars.select("begin", "end", "attempts").rows() == [(0, 0, 1)]
    assert shares_frame(timed)["share_cpus"].to_list() == [None, None]
    assert busy_frame(timed)["cpus"].sum() == 0
