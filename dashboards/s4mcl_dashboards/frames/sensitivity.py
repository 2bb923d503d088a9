"""Sensitivity: the effect of one hyperparameter over a grid of its values."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from s4mcl.designs.level_text import level_text
from s4mcl_dashboards.frames.arms import decoded

SCHEMA = {
    "parameter": pl.String,
    "level": pl.String,
    **dict.fromkeys(("value", "effect", "low", "high", "p_holm"), pl.Float64),
    "seeds": pl.Int64,
    "verdict": pl.String,
    "base": pl.Boolean,
}


def sensitivity_frame(block: pl.DataFrame, arms: pl.DataFrame) -> pl.DataFrame:
    """One row a value of the grid that has an effect, and one of the base, whose effect is 0 by definition.

    `value` is the number, null where levels are no numbers; `level` is the text of any. Rows rise with the number,
    others stand in the order of the design. Empty where the arms name no single hyperparameter.

    Args:
        block: the effects of one design, method and label fraction.
        arms: as the ledger gives them.
    """
    given = arms.filter(
        (pl.col("design") == block["design"][0])
        & (pl.col("method") == block["method"][0])
        & (pl.col("label_fraction") == block["label_fraction"][0])
    )
    effects = {row["term"]: row for row in block.drop_nulls("effect").to_dicts()}
    reference = block["reference"][0]
    rows = []
    for arm in given.to_dicts():
        factors = decoded(arm["factors"])
        if len(factors) == 1 and (arm["name"] in effects or arm["name"] == reference):
            rows.append(_row(factors, effects.get(arm["name"])))
    frame = pl.DataFrame(rows, schema=SCHEMA)
    if frame["value"].null_count():
        return frame.with_columns(value=pl.lit(None, pl.Float64))
    return frame.sort("value", maintain_order=True)


def _row(factors: Mapping[str, Any], effect: Mapping[str, Any] | None) -> dict[str, Any]:
    ((parameter, level),) = factors.items()
    number = isinstance(level, int | float) and not isinstance(level, bool)
    text = level_text(level) if not isinstance(level, dict) else json.dumps(level)
    head = {"parameter": parameter, "level": text, "value": float(level) if number else None, "base": effect is None}
    if effect is None:
        return {**head, "effect": 0.0}
    return head | {name: effect[name] for name in ("effect", "low", "high", "p_holm", "seeds", "verdict")}
