import json
import math
from typing import Any

import polars as pl
import pytest

from s4mcl_dashboards.frames.arms import MEANS, arm_means_frame, scores_frame

ARMS = pl.DataFrame(
    {
        "design": ["d", "d"],
        "name": ["base", "without x"],
        "position": [0, 1],
        "kind": ["leave_one_out"] * 2,
        "method": ["s4mcl"] * 2,
        "label_fraction": [0.3] * 2,
        "cohort": ["c0", "c1"],
        "factors": [json.dumps({"x": "on"}), json.dumps({"x": "off"})],
        "seeds": [[0, 1], [0, 1]],
    }
)


def trials(*values: tuple[str, int, float | None, str]) -> pl.DataFrame:
    rows = [
        {"cohort": cohort, "seed": seed, "val_score": value, "state": state} for cohort, seed, value, state in values
    ]
    schema: dict[str, Any] = {"cohort": pl.String, "seed": pl.Int64, "val_score": pl.Float64, "state": pl.String}
    return pl.DataFrame(rows, schema=schema)


def test_an_arm_has_the_mean_of_its_completed_seeds_with_limits() -> None:
    found = scores_frame(
        ARMS,
        trials(
            ("c0", 0, 0.8, "completed"),
            ("c0", 1, 0.9, "completed"),
            ("c1", 0, 0.7, "completed"),
            ("c1", 1, 0.1, "failed"),
        ),
    )
    assert found.select("arm", "seed", "value").rows() == [
        ("base", 0, 0.8),
        ("base", 1, 0.9),
        ("without x", 0, 0.7),
        ("without x", 1, None),
    ]
    base, other = arm_means_frame(found).to_dicts()
    assert base["mean"] == pytest.approx(0.85)
    assert base["high"] == pytest.approx(0.85 + 12.7062047 * 0.05)
    assert (other["mean"], other["low"], other["n"]) == (0.7, None, 1)


def test_scores_that_are_no_numbers_are_missing() -> None:
    found = scores_frame(ARMS, trials(("c0", 0, math.nan, "completed"), ("c0", 1, 0.5, "completed")))
    assert arm_means_frame(found).select("arm", "mean", "n").rows() == [("base", 0.5, 1)]


def test_without_arms_or_scores_there_is_nothing() -> None:
    assert scores_frame(pl.DataFrame(), trials()).is_empty()
    assert scores_frame(ARMS, trials().drop("val_score")).is_empty()
    assert arm_means_frame(scores_frame(ARMS, trials().drop("cohort"))).schema == MEANS
