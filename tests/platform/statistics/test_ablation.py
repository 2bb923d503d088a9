import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from s4mcl.ledger.frames import ARM_SCHEMA
from s4mcl.statistics.ablation import (
    ABLATION_SCHEMA,
    INTERACTIONS_SCHEMA,
    ablation_effects,
    ablation_interactions,
    arm_values,
)
from s4mcl.statistics.arm_effects import arm_effects
from s4mcl.statistics.correction import holm

SEEDS = [0, 1, 2, 3]


def arm(
    design: tuple[str, str], name: str, position: int, factors: dict[str, Any], fraction: float = 0.1
) -> dict[str, Any]:
    return {
        "design": design[0],
        "kind": design[1],
        "name": name,
        "position": position,
        "method": "s4mcl",
        "label_fraction": fraction,
        "cohort": f"{design[0]}/{name}",
        "hyperparameters": "{}",
        "factors": json.dumps(factors),
        "seeds": SEEDS,
    }


def study() -> tuple[pl.DataFrame, pl.DataFrame]:
    """A leave-one-out design at two fractions and a 2 x 2 factorial, with their trials."""
    rows, worth = [], {}
    for place, (fraction, name, value) in enumerate(
        [
            (0.1, "base", 0.8),
            (0.1, "without a", 0.6),
            (0.1, "without b", 0.8),
            (0.5, "base", 0.9),
            (0.5, "without a", 0.85),
        ]
    ):
        off = name.removeprefix("without ")
        factors = {part: "off" if part == off else "on" for part in "ab"}
        rows.append(arm(("parts", "leave_one_out"), f"{name} at {fraction:g}", place, factors, fraction))
        worth[rows[-1]["cohort"]] = value
    for place, (on, alpha) in enumerate([("on", 1.0), ("on", 0.5), ("off", 1.0), ("off", 0.5)]):
        rows.append(arm(("grid", "factorial"), f"{on} {alpha}", place, {"a": on, "alpha": alpha, "same": 1}))
        worth[rows[-1]["cohort"]] = 0.8 - 0.1 * (on == "off") - 0.2 * (alpha == 0.5)
    stream = np.random.default_rng(0)
    trials = [
        ("ablate", cohort, seed, "completed", value + 0.01 * seed + 0.004 * stream.standard_normal())
        for cohort, value in worth.items()
        for seed in [*SEEDS, 7]
    ]
    trials.append(("search", *trials[0][1:]))
    trials.append(("ablate", "elsewhere", 0, "completed", 0.1))
    trials[6] = (*trials[6][:3], "failed", None)
    schema = {"stage": pl.String, "cohort": pl.String, "seed": pl.Int64, "state": pl.String, "val_score": pl.Float64}
    frame = pl.DataFrame(rows).select(name for name in ARM_SCHEMA if name in rows[0])
    return frame, pl.DataFrame(trials, schema=schema, orient="row")


def test_values_stand_by_arm_and_seed() -> None:
    arms, trials = study()
    values = arm_values(arms, trials)
    assert values.columns == ["design", "kind", "arm", "method", "label_fraction", "factors", "seed", "value"]
    assert values.height == 9 * 4  # seed 7 is no arm's, the trial of two stages counts once
    failed = values.filter(pl.col("value").is_null())
    assert failed.select("arm", "seed").rows() == [("without a at 0.1", 1)]
    assert values["arm"].unique(maintain_order=True).to_list()[:4] == ["on 1.0", "on 0.5", "off 1.0", "off 0.5"]


def test_each_arm_is_set_against_the_first_of_its_fraction_and_a_design_is_one_family() -> None:
    values = arm_values(*study())
    frame = ablation_effects(values)
    assert frame.schema == ABLATION_SCHEMA
    assert frame.select("arm", "reference", "label_fraction").rows() == [
        ("without a at 0.1", "base at 0.1", 0.1),
        ("without b at 0.1", "base at 0.1", 0.1),
        ("without a at 0.5", "base at 0.5", 0.5),
    ]
    assert frame["p_holm"].to_list() == holm(frame["p"].to_list())
    assert frame["seeds"].to_list() == [3, 4, 4]
    assert frame["verdict"].to_list() == ["lower", "no difference shown", "lower"]
    alone = arm_effects(values.filter((pl.col("design") == "parts") & (pl.col("label_fraction") == 0.5)), "base at 0.5")
    assert alone["p"][0] == frame["p"][2]


def test_factorials_have_main_effects_and_interactions() -> None:
    frame = ablation_interactions(arm_values(*study()))
    assert frame.schema == INTERACTIONS_SCHEMA
    assert frame.select("design", "method", "label_fraction").unique().rows() == [("grid", "s4mcl", 0.1)]
    assert frame["effect"].to_list() == ["a: off - on", "alpha: 0.5 - 1", "a: off - on × alpha: 0.5 - 1"]
    assert frame["estimate"].to_list() == pytest.approx([-0.1, -0.2, 0], abs=0.01)
    assert frame["verdict"].to_list() == ["lower", "lower", "no difference shown"]


def test_a_study_without_ablation_or_values_has_empty_frames() -> None:
    arms, trials = study()
    for values in (arm_values(arms.head(0), trials), arm_values(arms, trials.head(0))):
        assert ablation_effects(values).is_empty()
        assert ablation_interactions(values).is_empty()
