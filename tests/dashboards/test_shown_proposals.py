from typing import Any

import numpy as np
import polars as pl
import pytest

from s4mcl_dashboards.frames.search import history_frame, values_frame
from s4mcl_dashboards.frames.shown_proposals import only_shown, told_shown, with_shown


def history(*counts: int) -> pl.DataFrame:
    """Groups of so many proposals with random scores, every tenth without one."""
    draws = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for place, count in enumerate(counts):
        for number in range(count):
            last = None if number % 10 == 9 else float(draws.random())
            rows.append({"method": "s4mcl", "label_fraction": 0.1 * (place + 1), "number": number, "last": last})
    return pl.DataFrame(rows)


@pytest.mark.parametrize("count", [1, 40, 41, 57, 79, 80, 1000, 9999])
def test_a_large_group_is_drawn_by_its_best_and_evenly_spaced_others(count: int) -> None:
    frame = with_shown(history(count), most=40, best=10)
    shown = frame.filter("shown")
    assert shown.height <= 41
    assert shown.height == count or shown.height > 24
    best = frame.sort("last", descending=True, nulls_last=True).head(10)["number"]
    assert set(best) <= set(shown["number"])
    assert shown["number"].max() == count - 1
    gaps = shown.sort("number")["number"].diff().drop_nulls()
    assert gaps.is_empty() or gaps.max() <= 2 * -(-count // 30) + 10  # type: ignore[operator]


def test_small_groups_are_drawn_whole_and_large_ones_do_not_touch_them() -> None:
    frame = with_shown(history(500, 30), most=40, best=10)
    assert frame.filter(label_fraction=0.2)["shown"].all()
    assert frame.filter("shown").height < 40 + 31 + 30
    assert told_shown(frame) == (
        f"The figures draw {frame.filter(label_fraction=0.1)['shown'].sum()} of 500 proposals, at each label fraction "
        "the best 100 and evenly spaced ones of the others; what is counted and said in numbers rests on all."
    )
    assert told_shown(with_shown(history(40), most=40, best=10)) == ""


def test_the_frames_of_a_large_search_agree_on_what_is_shown(proposals: Any) -> None:
    asked = proposals(*({"score": 0.001 * k, "hyperparameters": {"lr": 0.1 * k, "fixed": 1}} for k in range(900)))
    told = history_frame(asked)
    values = values_frame(asked, told)
    assert told.height == 900
    assert told["best"].max() == pytest.approx(0.899)
    assert values["number"].to_list() == told.filter("shown")["number"].to_list()
    assert set(values["hyperparameter"]) == {"lr"}
    assert only_shown(values_frame(asked), told).equals(values)
