"""All paired comparisons of a study with a named reference, as a frame."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from s4mcl.statistics.comparison import Comparison, compare_family
from s4mcl.statistics.crossed import crossed_interval
from s4mcl.statistics.group_sums import GroupSums
from s4mcl.statistics.image_scores import MEASURES, ImageScores, paired_scores

Cell = tuple[str, float]  # method and label fraction

COMPARISONS_SCHEMA = {
    "measure": pl.String,
    "method": pl.String,
    "reference": pl.String,
    "label_fraction": pl.Float64,
    "seeds": pl.Int64,
    "images": pl.Int64,
    "groups": pl.Int64,
    "mean": pl.Float64,
    "reference_mean": pl.Float64,
    **dict.fromkeys(("effect", "low", "high", "p", "p_holm"), pl.Float64),
    **dict.fromkeys(("swap_p", "swap_p_holm"), pl.Float64),
    **dict.fromkeys(("seed_low", "seed_high", "seed_p", "seed_p_holm"), pl.Float64),
    "verdict": pl.String,
}
MEANS_SCHEMA = {
    "measure": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "seeds": pl.Int64,
    "images": pl.Int64,
    "groups": pl.Int64,
    **dict.fromkeys(("mean", "low", "high"), pl.Float64),
}


def comparisons_frame(
    cells: Mapping[Cell, ImageScores], reference: str, measures: Sequence[str] = MEASURES, *, seed: int = 0
) -> pl.DataFrame:
    """Each method against the reference at the same label fraction: one row a (measure, method, label fraction).

    All rows of one measure are one family, over which p-values are corrected (Holm). Columns: `effect` is method minus
    reference with the limits `low`, `high` of its 95 % interval over seeds and groups and p of the same; `swap_p` the
    permutation test over groups, conditional on the trained models; `seed_*` the paired t over seeds, conditional on
    the test images; and the verdict in words. A measure or a reference that a cell lacks gives no row.

    Raises:
        InputError: two methods of the study were tested on other images.
    """
    rows: list[dict[str, Any]] = []
    for measure in measures:
        pairs = _pairs(cells, reference, measure)
        for cell, found in compare_family(pairs, seed=seed).items():
            rows.append(_row(measure, cell, reference, found, pairs[cell][0]))
    return pl.DataFrame(rows, schema=COMPARISONS_SCHEMA)


def means_frame(cells: Mapping[Cell, ImageScores], measures: Sequence[str] = MEASURES) -> pl.DataFrame:
    """Each method's mean over seeds with its 95 % interval over seeds and groups; limits are null where unknown."""
    rows: list[dict[str, Any]] = []
    for measure in measures:
        for (method, fraction), scores in cells.items():
            if measure in scores.measures:
                sums = scores.grouped(measure)
                interval = crossed_interval(sums)
                head = {"measure": measure, "method": method, "label_fraction": fraction, **_units(sums)}
                rows.append({**head, "mean": interval.mean, "low": interval.low, "high": interval.high})
    return pl.DataFrame(rows, schema=MEANS_SCHEMA)


def _pairs(cells: Mapping[Cell, ImageScores], reference: str, measure: str) -> dict[Cell, tuple[GroupSums, GroupSums]]:
    pairs = {}
    for (method, fraction), scores in cells.items():
        against = cells.get((reference, fraction))
        if method == reference or against is None:
            continue
        if measure not in scores.measures or measure not in against.measures:
            continue
        one, other = paired_scores(scores, against)
        if one.seeds:
            pairs[method, fraction] = one.grouped(measure), other.grouped(measure)
    return pairs


def _row(measure: str, cell: Cell, reference: str, found: Comparison, sums: GroupSums) -> dict[str, Any]:
    return {
        "measure": measure,
        "method": cell[0],
        "reference": reference,
        "label_fraction": cell[1],
        **_units(sums),
        "mean": found.value.mean,
        "reference_mean": found.reference.mean,
        "effect": found.effect.mean,
        "low": found.effect.low,
        "high": found.effect.high,
        "p": found.p,
        "p_holm": found.p_holm,
        "swap_p": None if found.swap is None else found.swap.p,
        "swap_p_holm": found.swap_p_holm,
        "seed_low": found.seed_interval.low,
        "seed_high": found.seed_interval.high,
        "seed_p": found.seed_p,
        "seed_p_holm": found.seed_p_holm,
        "verdict": found.verdict,
    }


def _units(sums: GroupSums) -> dict[str, int]:
    return {"seeds": sums.seeds, "images": int(sums.sizes.sum()), "groups": len(sums.sizes)}
