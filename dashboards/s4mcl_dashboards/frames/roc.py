"""ROC curves, each class against the rest, and their mean; the area below them."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl.statistics.comparisons_frame import Cell
from s4mcl_dashboards.class_scores import ClassScores

Floats = NDArray[np.float64]
GRID = np.linspace(0.0, 1.0, 51)  # false positive rates at which seeds are averaged
CELL = {"method": pl.String, "label_fraction": pl.Float64, "one": pl.Int64}
CURVES = {**CELL, **dict.fromkeys(("fpr", "tpr", "low", "high"), pl.Float64)}
AREAS = {**CELL, **dict.fromkeys(("auc", "low", "high"), pl.Float64), "seeds": pl.Int64}


def roc_frame(classes: Mapping[Cell, Sequence[ClassScores]], shown: Sequence[int]) -> pl.DataFrame:
    """One row a point of a curve: method, label_fraction, one, fpr, tpr, low, high.

    `one` is the class that is told from the rest, null for the mean over all classes that the test images have (macro
    average). `tpr` is the mean over seeds at a false positive rate, `low` and `high` the lowest and highest of a seed,
    null with one seed. A class that no test image has, or that all have, has no curve.

    Args:
        classes: scores of the seeds by method and label fraction.
        shown: the classes that have a curve of their own.
    """
    rows: list[tuple[str, float, int | None, float, float, float | None, float | None]] = []
    for (method, fraction), scores in sorted(classes.items(), key=lambda item: item[0]):
        curves = {name: np.stack([_on_grid(one, name) for one in scores]) for name in told_apart(scores)}
        for name, values in _with_mean(curves, shown):
            low, high = _spread(values)
            points = zip(GRID.tolist(), values.mean(0).tolist(), low, high, strict=True)
            rows += [(method, fraction, name, 0.0, 0.0, None, None)]
            rows += [(method, fraction, name, *point) for point in points]
    return pl.DataFrame(rows, schema=CURVES, orient="row")


def auc_frame(classes: Mapping[Cell, Sequence[ClassScores]], shown: Sequence[int]) -> pl.DataFrame:
    """One row a class, as in `roc_frame`: the area below the curve, its mean over seeds, lowest and highest."""
    rows = []
    for (method, fraction), scores in sorted(classes.items(), key=lambda item: item[0]):
        areas = {name: np.array([[area(one, name)] for one in scores]) for name in told_apart(scores)}
        for name, values in _with_mean(areas, shown):
            (low,), (high,) = _spread(values)
            rows.append((method, fraction, name, float(values.mean()), low, high, len(scores)))
    return pl.DataFrame(rows, schema=AREAS, orient="row")


def told_apart(scores: Sequence[ClassScores]) -> list[int]:
    """The classes that, with every seed, some test images have and some have not."""
    names = [set(np.unique(one.labels).tolist()) for one in scores]
    return sorted(set[int].intersection(*names)) if all(len(found) > 1 for found in names) else []


def operating_points(positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """False and true positive rates [m] at every threshold, from (0, 0) to (1, 1); images of equal score go together.

    scikit-learn's `roc_curve` gives the same in twenty times the time, which a report has not for every seed and class.
    """
    falling = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[falling], append=-np.inf))
    right = np.cumsum(positive[falling])[ends]
    wrong = ends + 1 - right
    zero = np.zeros(1)
    return np.concatenate([zero, wrong / wrong[-1]]), np.concatenate([zero, right / right[-1]])


def area(scores: ClassScores, name: int) -> float:
    """The area below the ROC curve of a class against the rest, by trapezoids."""
    wrong, right = operating_points(scores.labels == name, scores.probabilities[:, name])
    return float(np.trapezoid(right, wrong))


def _on_grid(scores: ClassScores, name: int) -> Floats:
    wrong, right = operating_points(scores.labels == name, scores.probabilities[:, name])
    return np.asarray(np.interp(GRID, wrong, right), np.float64)  # at a vertical step the upper end


def _with_mean(found: dict[int, Floats], shown: Sequence[int]) -> list[tuple[int | None, Floats]]:
    """Values [S,...] of the shown classes, and before them the mean over all of them."""
    if not found:
        return []
    mean = np.mean(list(found.values()), axis=0)
    return [(None, mean), *((name, found[name]) for name in shown if name in found)]


def _spread(values: Floats) -> tuple[list[float | None], list[float | None]]:
    """The lowest and the highest over seeds [S,m]; nothing for one seed."""
    if len(values) == 1:
        return [None] * values.shape[1], [None] * values.shape[1]
    return values.min(0).tolist(), values.max(0).tolist()
