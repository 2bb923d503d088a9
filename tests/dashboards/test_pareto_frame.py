import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from s4mcl.search.pareto import front
from s4mcl_dashboards.figures.pareto import BEATEN, pareto_figure
from s4mcl_dashboards.frames.pareto import pareto_frame
from s4mcl_dashboards.palette import looks

Make = Callable[..., Any]
LOOKS = looks(["s4mcl", "s2mcl"])


def scored(
    proposals: Make, *points: tuple[float, float], violations: list[list[float] | None] | None = None, **more: Any
) -> pl.DataFrame:
    """Completed proposals with (balanced accuracy, Dice), the score their mean."""
    rows = proposals(*({"score": sum(point) / 2, **more} for point in points))
    found = rows.with_columns(pl.Series("objectives", [list(point) for point in points], pl.List(pl.Float64)))
    return found.with_columns(pl.Series("violations", violations or [None] * len(points), pl.List(pl.Float64)))


def test_nobody_beats_a_proposal_of_the_set_in_both(proposals: Make) -> None:
    frame = pareto_frame(scored(proposals, (0.5, 0.9), (0.6, 0.8), (0.55, 0.7), (0.7, 0.4), (0.7, 0.4), (0.6, 0.7)))
    assert frame.filter("front")["number"].to_list() == [0, 1, 3, 4]  # equals do not beat each other
    assert frame.filter("best")["number"].to_list() == [0]  # the earlier of two with the score 0.7


def test_a_broken_constraint_keeps_a_proposal_out(proposals: Make) -> None:
    frame = pareto_frame(scored(proposals, (0.9, 0.9), (0.5, 0.5), violations=[[0.0, 0.1], [0.0, -0.2]]))
    assert frame.select("met", "front", "best").rows() == [(False, False, False), (True, True, True)]


def test_each_method_and_label_fraction_has_its_own_set(proposals: Make) -> None:
    frame = pareto_frame(
        pl.concat(
            [
                scored(proposals, (0.9, 0.9), (0.1, 0.1)),
                scored(proposals, (0.2, 0.2), method="s2mcl"),
                scored(proposals, (0.3, 0.3), label_fraction=0.5),
            ]
        )
    )
    assert frame.group_by("method", "label_fraction").agg(pl.col("front").sum()).sort("method", "label_fraction")[
        "front"
    ].to_list() == [1, 1, 1]


def test_proposals_without_both_objectives_do_not_count(proposals: Make) -> None:
    assert pareto_frame(proposals({"score": 0.5})).is_empty()
    assert pareto_frame(scored(proposals, (0.5, float("nan")), (0.5, float("inf")))).is_empty()
    failed = scored(proposals, (0.5, 0.5), state="failed")
    assert pareto_frame(failed).is_empty()
    missing = scored(proposals, (0.5, 0.5)).with_columns(objectives=pl.lit(None, pl.List(pl.Float64)))
    assert pareto_frame(missing).is_empty()


def test_the_set_of_many_is_that_of_the_definition_and_fast(proposals: Make) -> None:
    points = np.random.default_rng(3).normal(0.5, 0.1, (300, 2)).round(3)
    frame = pareto_frame(scored(proposals, *map(tuple, points)))
    beaten = [
        any((other >= point).all() and (other > point).any() for other in points)  # by its definition, quadratic
        for point in points
    ]
    assert frame["front"].to_list() == [not lost for lost in beaten]
    assert frame.filter("front")["number"].sort().to_list() == sorted(front(list(map(tuple, points))))
    many = scored(proposals, *map(tuple, np.random.default_rng(4).normal(0.5, 0.1, (20_000, 2))))
    began = time.perf_counter()
    assert pareto_frame(many).filter("front").height > 1
    assert time.perf_counter() - began < 2  # seconds; a quadratic one takes minutes


def test_the_picture_thins_what_is_beaten_and_keeps_the_set(proposals: Make) -> None:
    points = [(0.5 - 0.0001 * at, 0.5 - 0.0001 * at) for at in range(400)] + [(0.7, 0.3), (0.3, 0.7)]
    beaten, front, best = pareto_figure(pareto_frame(scored(proposals, *points)), LOOKS).to_plotly().data
    assert len(beaten.x) == BEATEN
    assert list(zip(front.x, front.y, strict=True)) == [(0.3, 0.7), (0.5, 0.5), (0.7, 0.3)]
    assert front.line.shape == "vh"  # down at each point: further right the one before is out of reach
    assert best.x == (0.5,)
    assert front.customdata[0] == [401]
    assert pareto_figure(pareto_frame(proposals()), LOOKS).to_plotly().data == ()
