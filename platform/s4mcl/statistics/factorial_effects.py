"""Main effects and two-factor interactions of a factorial design, full or fractional."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from s4mcl.designs.level_text import level_text
from s4mcl.statistics.comparison import HIGHER, LEVEL, LOWER, NO_DIFFERENCE
from s4mcl.statistics.correction import holm
from s4mcl.statistics.group_sums import Floats

NEGLIGIBLE = 1e-8

FACTORIAL_SCHEMA: dict[str, Any] = {
    "effect": pl.String,
    "kind": pl.String,
    **dict.fromkeys(("estimate", "low", "high", "p", "p_holm"), pl.Float64),
    "aliased_with": pl.List(pl.String),
    "verdict": pl.String,
}


@dataclass
class Contrast:
    """A column of the model: its name, main effect or interaction, values [rows], and what cannot be told from it."""

    name: str
    kind: str
    column: Floats
    aliases: list[str] = field(default_factory=list)


def factorial_effects(values: pl.DataFrame, bases: Mapping[str, Any], confidence: float = 0.95) -> pl.DataFrame:
    """Ordinary least squares with each seed as a block (statsmodels), effects corrected by Holm over all of them.

    A main effect "mask_input: off - on" is the change in the value when the factor goes from its base level to the
    other one, averaged over the levels of the other factors. An interaction "a: off - on × b: off - on" is how much the
    effect of a changes when b goes from its base level to the other one: the full difference of differences (textbooks
    on two-level designs often halve it). Factors may have more than two levels; each is set against the base.

    In a fraction of the design some effects have the same column: they are aliased, only their sum is estimated. The
    first in order (main effects before interactions) has the estimate and names the others in `aliased_with`; these
    have null. Read it as an estimate of the named effects together.

    Intervals and tests take the residual spread as equal in all runs, and hold for the images that were scored.

    Args:
        values: columns seed, value, and one a factor; rows with a null value are left out.
        bases: the factors and the base level of each.
        confidence: in (0, 1).

    Returns:
        One row an effect; kind is "main" or "interaction". Limits and p are null where no residual is left.

    Raises:
        ValueError: a factor has no column, a missing level, or a base level that does not occur.
    """
    known = values.drop_nulls("value")
    _require_factors(known, bases)
    seeds = known["seed"].to_numpy()
    blocks = (seeds[:, None] == np.unique(seeds)).astype(np.float64)
    mains = {name: _main_contrasts(known[name].to_list(), name, base) for name, base in bases.items()}
    contrasts = [contrast for each in mains.values() for contrast in each]
    contrasts += [_crossed(a, b) for one, other in combinations(mains, 2) for a in mains[one] for b in mains[other]]
    estimable = _without_aliases(contrasts, blocks)
    estimates = _estimated(known["value"].to_numpy(), blocks, estimable, confidence)
    rows = [_row(contrast, estimates.get(contrast.name)) for contrast in contrasts]
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        shown = p is not None and p <= LEVEL
        row["p_holm"] = p
        row["verdict"] = (HIGHER if row["estimate"] > 0 else LOWER) if shown else NO_DIFFERENCE
    return pl.DataFrame(rows, schema=FACTORIAL_SCHEMA)


def _require_factors(values: pl.DataFrame, bases: Mapping[str, Any]) -> None:
    for name, base in bases.items():
        if name not in values.columns:
            raise ValueError(f"factor {name!r} has no column; columns: {', '.join(values.columns)}")
        levels = values[name].unique().to_list()
        if None in levels or base not in levels:
            raise ValueError(f"factor {name!r} has the levels {levels}; none may be missing, and {base!r} is the base")


def _main_contrasts(levels: list[Any], name: str, base: Any) -> list[Contrast]:
    """A column for each level but the base, centred so that a main effect is an average over the other factors."""
    others = [level for level in dict.fromkeys(levels) if level != base]
    share = 1 / (len(others) + 1)
    given = np.array([others.index(level) if level != base else -1 for level in levels])
    return [
        Contrast(f"{name}: {level_text(level)} - {level_text(base)}", "main", (given == k) - share)
        for k, level in enumerate(others)
    ]


def _crossed(one: Contrast, other: Contrast) -> Contrast:
    return Contrast(f"{one.name} × {other.name}", "interaction", one.column * other.column)


def _without_aliases(contrasts: list[Contrast], blocks: Floats) -> list[Contrast]:
    """The contrasts that those before do not determine; the others are noted as aliases of what determines them."""
    kept: list[Contrast] = []
    for contrast in contrasts:
        model = np.column_stack([blocks, *(each.column for each in kept)])
        weights, *_ = np.linalg.lstsq(model, contrast.column, rcond=None)
        if np.abs(contrast.column - model @ weights).max() > NEGLIGIBLE:
            kept.append(contrast)
            continue
        for each, weight in zip(kept, weights[blocks.shape[1] :], strict=True):
            if abs(weight) > NEGLIGIBLE:
                each.aliases.append(contrast.name)
                contrast.aliases.append(each.name)
    return kept


def _estimated(
    values: Floats, blocks: Floats, contrasts: list[Contrast], confidence: float
) -> dict[str, dict[str, float | None]]:
    from statsmodels.regression.linear_model import OLS  # noqa: PLC0415  # takes a second, and pandas with it

    model = np.column_stack([blocks, *(contrast.column for contrast in contrasts)])
    fit = OLS(values, model).fit()
    first = blocks.shape[1]
    found: dict[str, dict[str, float | None]] = {}
    told = fit.df_resid > 0 and fit.mse_resid > np.finfo(float).eps * float(np.mean(values**2))
    limits = fit.conf_int(alpha=1 - confidence) if told else None
    for k, contrast in enumerate(contrasts, start=first):
        low, high = (None, None) if limits is None else (float(limits[k][0]), float(limits[k][1]))
        p = float(fit.pvalues[k]) if told else None
        found[contrast.name] = {"estimate": float(fit.params[k]), "low": low, "high": high, "p": p}
    return found


def _row(contrast: Contrast, estimate: dict[str, float | None] | None) -> dict[str, Any]:
    numbers = estimate or dict.fromkeys(("estimate", "low", "high", "p"))
    return {"effect": contrast.name, "kind": contrast.kind, **numbers, "aliased_with": contrast.aliases}
