import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from s4mcl.results.ablation import ABLATION_SCHEMA
from s4mcl_dashboards.figures.sets import sets_figure
from s4mcl_dashboards.frames.arms import MEANS
from s4mcl_dashboards.frames.completed import Completed, completed_groups
from s4mcl_dashboards.frames.sets import arm_sets_frame, elements_of, leading, proposed_sets_frame
from s4mcl_dashboards.palette import looks

Make = Callable[..., Any]
LOOK = looks(["s4mcl"])["s4mcl"]


def proposed(proposals: Make, *sets: tuple[list[str], float, str]) -> pl.DataFrame:
    rows = [{"score": score, "state": state, "hyperparameters": {"t": held}} for held, score, state in sets]
    groups = completed_groups(proposals(*rows), "s4mcl")
    return proposed_sets_frame(groups.get(0.2, Completed([], [], [])), "t")


def test_proposals_with_the_same_set_are_one_column(proposals: Make) -> None:
    found = proposed(
        proposals,
        (["identity", "rot90"], 0.8, "completed"),
        (["rot90", "identity"], 0.6, "completed"),
        (["identity", "hflip"], 0.75, "completed"),
        (["identity"], 0.9, "pruned"),
    )
    assert found.select("rank", "members", "n").rows() == [
        (1, ["hflip", "identity"], 1),
        (2, ["identity", "rot90"], 2),
    ]
    assert found["mean"].to_list() == pytest.approx([0.75, 0.7])
    assert found["low"][0] is None
    assert found["high"][1] == pytest.approx(0.7 + 12.7062047 * 0.1)
    assert elements_of(found) == (["hflip", "rot90"], ["identity"])
    assert found["trials"].to_list() == [["2"], ["0", "1"]]


def test_no_set_completed(proposals: Make) -> None:
    assert proposed(proposals, (["a"], 0.8, "failed"), (["b"], 0.8, "running")).is_empty()


def test_many_sets_leave_the_best_and_the_base() -> None:
    rows = [
        {"rank": rank, "members": [f"e{rank}"], "n": 3, "mean": 1 / rank, "shown": False, "base": rank == 40}
        for rank in range(1, 51)
    ]
    frame = pl.DataFrame(rows)
    assert leading(frame, 10)["rank"].to_list() == [*range(1, 10), 40]
    assert leading(frame.with_columns(base=pl.lit(False)), 10)["rank"].to_list() == list(range(1, 11))
    assert leading(frame, 50).height == 50


def test_the_arms_of_a_design_stand_by_their_mean_with_the_verdict() -> None:
    place: dict[str, Any] = {"design": "d", "method": "s4mcl", "label_fraction": 0.3}
    held = {"base": ["identity", "rot90"], "x": ["identity", "hflip"], "y": ["identity"], "z": None}
    arms = pl.DataFrame(
        [{**place, "name": name, "hyperparameters": json.dumps({"transforms": sets})} for name, sets in held.items()]
    )
    means = pl.DataFrame(
        [{**place, "arm": name, "n": 3, "mean": mean} for name, mean in (("base", 0.8), ("x", 0.9), ("z", 0.1))],
        schema=MEANS,
    )
    effects = [{"term": "x", "verdict": "higher"}, {"term": "y", "verdict": "no difference shown"}]
    block = pl.DataFrame([{**place, "reference": "base", **row} for row in effects], schema=ABLATION_SCHEMA)
    found = arm_sets_frame(block, arms, means, "transforms")
    assert found.select("rank", "mean", "shown", "base").rows() == [(1, 0.9, True, False), (2, 0.8, False, True)]


def test_the_picture_has_a_dot_for_each_member_and_a_score_for_each_set(proposals: Make) -> None:
    sets = proposed(
        proposals,
        (["identity", "rot90", "<b>"], 0.8, "completed"),
        (["identity", "rot90"], 0.6, "completed"),
        (["identity", "hflip"], 0.7, "completed"),
    )
    elements, _ = elements_of(sets)
    spans, absent, present, scores = sets_figure(sets, elements, LOOK, "score", "proposal={0}").to_plotly().data
    assert scores.meta == {"place": "proposal={0}"}
    assert list(scores.customdata) == [["0"], ["2"], ["1"]]
    assert (len(present.x), len(absent.x)) == (4, 3 * 3 - 4)
    assert spans.x == (1, 1, None)  # only the first set has two members that vary
    assert scores.y == (0.8, 0.7, 0.6)
    assert "&lt;b&gt;" in scores.hovertext[0]
    assert "&lt;b&gt;" in sets_figure(sets, elements, LOOK, "score").to_plotly().layout.yaxis.ticktext
