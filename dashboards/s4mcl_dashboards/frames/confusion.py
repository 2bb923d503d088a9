"""Confusion matrices: which class the test images of each class were called."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl.statistics.comparisons_frame import Cell
from s4mcl_dashboards.class_scores import ClassScores

SCHEMA = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "truth": pl.Int64,
    "named": pl.Int64,
    "count": pl.Int64,
    "share": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "seeds": pl.Int64,
}


def confusion_frame(classes: Mapping[Cell, Sequence[ClassScores]]) -> pl.DataFrame:
    """One row a pair of a true class and the class with the highest probability, by method and label fraction.

    `count` is the sum over seeds: every image counts once a seed. `share` is that of the true class's images, null
    where it has none; `low` and `high` are the lowest and the highest share of a seed, null with one seed.
    """
    rows = []
    for (method, fraction), scores in sorted(classes.items(), key=lambda item: item[0]):
        counts = np.stack([confusion(one) for one in scores])  # [S,K,K]
        with np.errstate(invalid="ignore"):
            of_seed = counts / counts.sum(2, keepdims=True)
            pooled = counts.sum(0) / counts.sum((0, 2))[:, None]
        several = len(scores) > 1
        for truth, named in np.ndindex(counts.shape[1:]):
            known = bool(np.isfinite(pooled[truth, named]))
            spread = of_seed[:, truth, named] if several and known else None
            rows.append(
                (
                    *(method, fraction, truth, named),
                    int(counts[:, truth, named].sum()),
                    float(pooled[truth, named]) if known else None,
                    None if spread is None else float(np.nanmin(spread)),
                    None if spread is None else float(np.nanmax(spread)),
                    len(scores),
                )
            )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def confusion(scores: ClassScores) -> NDArray[np.int64]:
    """[K,K] images by true class (row) and class with the highest probability (column)."""
    named = scores.probabilities.argmax(1)
    pairs = np.bincount(scores.labels * scores.classes + named, minlength=scores.classes**2)
    return pairs.reshape(scores.classes, scores.classes).astype(np.int64)


def commonest(classes: Mapping[Cell, Sequence[ClassScores]], most: int) -> list[int]:
    """The classes that the test images have, at most so many, the commonest kept; ascending."""
    counts: dict[int, int] = {}
    for scores in classes.values():
        names, found = np.unique(scores[0].labels, return_counts=True)
        counts |= {
            int(name): max(counts.get(int(name), 0), int(count)) for name, count in zip(names, found, strict=True)
        }
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    return sorted(ranked[:most])
