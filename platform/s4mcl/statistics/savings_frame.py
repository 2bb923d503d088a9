"""The label savings of all methods of a study, as a frame."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from s4mcl.statistics.comparisons_frame import Cell
from s4mcl.statistics.image_scores import LESS_IS_BETTER, UNITS, ImageScores
from s4mcl.statistics.label_savings import Savings, count_labels, label_savings

SAVINGS_SCHEMA = {
    "measure": pl.String,
    "method": pl.String,
    "reference": pl.String,
    "target": pl.Float64,
    "outcome": pl.String,
    **dict.fromkeys(("fraction", "low", "high"), pl.Float64),
    "low_open": pl.Boolean,
    "high_open": pl.Boolean,
    **dict.fromkeys(("labels", "saved", "labels_with_validation", "saved_with_validation"), pl.Float64),
    "seeds": pl.Int64,
}


def savings_frame(
    cells: Mapping[Cell, ImageScores],
    references: Mapping[str, str],
    *,
    training: int,
    validation: int,
    seed: int = 0,
) -> pl.DataFrame:
    """Each method against the reference's score with all labels: one row a (measure, method).

    Args:
        cells: scores by method and label fraction.
        references: the reference of each measure, such as {"accuracy": "cnn", "dice": "unet"}; measures whose
            reference was not trained with all labels give no row. The reference's own curve gives a row too.
        training, validation: labelled images of these parts.
        seed: of the resampling.

    `fraction`, `low` and `high` are shares of the training labels, see `Savings`; `labels` and `saved` count training
    labels alone, the others those of the validation images too. They are null where the target is not reached.
    """
    rows: list[dict[str, Any]] = []
    for measure, reference in references.items():
        full = cells.get((reference, 1.0))
        if full is None or measure not in full.measures:
            continue
        for method in dict.fromkeys(name for name, _ in cells):
            curve = {fraction: scores for (name, fraction), scores in cells.items() if name == method}
            row = _row(measure, curve, full, training, validation, seed=seed)
            if row is not None:
                rows.append({"measure": measure, "method": method, "reference": reference, **row})
    return pl.DataFrame(rows, schema=SAVINGS_SCHEMA)


def _row(
    measure: str, curve: Mapping[float, ImageScores], full: ImageScores, training: int, validation: int, *, seed: int
) -> dict[str, Any] | None:
    usable = {fraction: scores for fraction, scores in curve.items() if _fits(scores, full, measure)}
    shared = _shared_seeds([full, *usable.values()])
    if not usable or not shared:
        return None
    target = full.of_seeds(shared).grouped(measure)
    sides = {fraction: scores.of_seeds(shared).grouped(measure) for fraction, scores in usable.items()}
    found = label_savings(sides, target, less_is_better=measure in LESS_IS_BETTER, seed=seed)
    counted = _counted(found, training, validation)
    return {"target": float(target.by_seed().mean()), **vars(found), **counted, "seeds": len(shared)}


def _fits(scores: ImageScores, full: ImageScores, measure: str) -> bool:
    alike = all(np.array_equal(getattr(scores, name), getattr(full, name)) for name in UNITS)
    return alike and measure in scores.measures


def _shared_seeds(scores: Sequence[ImageScores]) -> list[int]:
    return sorted(set.intersection(*(set(each.seeds) for each in scores)))


def _counted(found: Savings, training: int, validation: int) -> dict[str, float]:
    return {} if found.fraction is None else vars(count_labels(found.fraction, training, validation))
