import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from s4mcl.statistics.importance import flat_hyperparameters, hyperparameter_importance

ELEMENTS = ("hflip", "rot90")


def proposals(count: int, seed: int = 0) -> pl.DataFrame:
    """The score hangs on the learning rate most, on rot90 a little, on nothing else."""
    stream = np.random.default_rng(seed)
    rows: list[tuple[str, str, float | None]] = []
    for _ in range(count):
        point: dict[str, Any] = {
            "lr": float(10 ** stream.uniform(-5, -2)),
            "alpha": float(stream.uniform(0.01, 2)),
            "depth": int(stream.integers(2, 6)),
            "transforms": ["identity", *(name for name in ELEMENTS if stream.random() < 0.5)],
            "loss": str(stream.choice(["a", "b", "c"])),
            "fixed": 3,
        }
        score = 0.8 - 0.1 * abs(np.log10(point["lr"]) + 3) + 0.05 * ("rot90" in point["transforms"])
        rows.append((json.dumps(point), "completed", float(score + 0.002 * stream.standard_normal())))
    rows += [(rows[0][0], "failed", None), (rows[0][0], "pruned", 0.9), (rows[0][0], "completed", float("nan"))]
    return pl.DataFrame(
        rows, schema={"hyperparameters": pl.String, "state": pl.String, "score": pl.Float64}, orient="row"
    )


def test_both_evaluators_find_what_matters() -> None:
    found = hyperparameter_importance(proposals(120))
    assert found.proposals == 120
    assert found.shares["hyperparameter"][0] == "lr"
    shares = {row["hyperparameter"]: row for row in found.shares.to_dicts()}
    assert set(shares) == {"lr", "alpha", "depth", "transforms.hflip", "transforms.rot90", "loss"}
    for name in ("ped_anova", "fanova"):
        assert found.shares[name].sum() == pytest.approx(1)
        assert shares["lr"][name] == max(row[name] for row in shares.values())
        assert shares["transforms.rot90"][name] > shares["transforms.hflip"][name]
    assert set(found.constant) == {"fixed", "transforms.identity"}
    assert found.logarithmic == ("lr",)
    assert len(found.cautions) == 2
    assert "stopped early are left out (1)" in found.cautions[0]
    assert "random search" in found.cautions[1]


def test_the_same_seed_gives_the_same_shares() -> None:
    frame = proposals(30)
    one, two = hyperparameter_importance(frame, seed=3), hyperparameter_importance(frame, seed=3)
    assert one.shares.equals(two.shares)


def test_few_proposals_are_cautioned_with_numbers() -> None:
    found = hyperparameter_importance(proposals(30))
    assert found.shares.height == 6
    assert "rests on 30 finished proposals, fewer than 50" in found.cautions[0]
    assert "5.0 proposals for each of 6 hyperparameters" in found.cautions[0]
    assert "the best 3 alone" in found.cautions[0]


def test_very_few_proposals_give_no_shares() -> None:
    found = hyperparameter_importance(proposals(9))
    assert found.shares.is_empty()
    assert found.cautions == ("Importance needs 10 finished proposals or more; there are 9.",)
    assert hyperparameter_importance(proposals(1).head(0)).proposals == 0


def test_nothing_varied() -> None:
    frame = proposals(1).head(1)
    found = hyperparameter_importance(pl.concat([frame] * 20))
    assert found.shares.is_empty()
    assert "No hyperparameter varied over the 20" in found.cautions[0]


def test_logarithms_may_be_given() -> None:
    assert hyperparameter_importance(proposals(40), logarithmic=["alpha"]).logarithmic == ("alpha",)
    assert hyperparameter_importance(proposals(40), logarithmic=[]).logarithmic == ()


def test_subsets_become_switches_and_the_rest_text() -> None:
    flat = flat_hyperparameters({"t": ["a", "b"], "n": 3, "on": False, "kind": "x", "none": None})
    assert flat == {"t.a": True, "t.b": True, "n": 3, "on": False, "kind": '"x"', "none": "null"}
