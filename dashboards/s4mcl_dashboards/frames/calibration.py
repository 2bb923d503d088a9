"""Reliability diagrams: how often a class was right when the model gave it a probability, and the calibration error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl.statistics.comparisons_frame import Cell
from s4mcl_dashboards.class_scores import ClassScores

BINS = 10  # of equal width, the lower end open
FEW = 5  # predictions below which a bin says little
CELL = {"method": pl.String, "label_fraction": pl.Float64, "one": pl.Int64}
POINTS = {
    **CELL,
    **dict.fromkeys(("bin", "count"), pl.Int64),
    **dict.fromkeys(("confidence", "share", "low", "high"), pl.Float64),
}
ERRORS = {**CELL, **dict.fromkeys(("error", "low", "high", "excess"), pl.Float64), "seeds": pl.Int64}


@dataclass(frozen=True)
class Binned:
    """Predictions by bin of probability [10]: how many, the sum of their probabilities, and how many were right."""

    count: NDArray[np.float64]
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]

    @classmethod
    def of(cls, probability: NDArray[np.float64], right: NDArray[np.bool_]) -> "Binned":
        """From [n] probabilities and whether each prediction was right."""
        place = np.clip(np.ceil(probability * BINS).astype(np.int64) - 1, 0, BINS - 1)
        sums = [np.bincount(place, weights, BINS) for weights in (None, probability, right.astype(np.float64))]
        return cls(*(np.asarray(found, np.float64) for found in sums))

    def error(self) -> float:
        """The expected calibration error: sum over bins of count / n times |share right - mean probability|.

        Guo et al. 2017, "On calibration of modern neural networks", equation 3; for one class against the rest the
        class-wise one of Kull et al. 2019, "Beyond temperature scaling".
        """
        return float(np.abs(self.right - self.confidence).sum() / self.count.sum())

    def excess(self) -> float:
        """The mean probability less the share right: above 0 the model is too sure."""
        return float((self.confidence.sum() - self.right.sum()) / self.count.sum())


def calibration_frame(classes: Mapping[Cell, Sequence[ClassScores]], shown: Sequence[int]) -> pl.DataFrame:
    """One row a bin that any prediction is in: method, label_fraction, one, bin, count, confidence, share, low, high.

    `one` is the class whose probability is looked at, null for the class that was named. `confidence` is the mean
    probability in the bin, `share` how many of these were right, over all seeds together, and `count` how many there
    are. `low` and `high` are the lowest and highest share of a seed with at least 5 predictions in the bin; null where
    fewer than two seeds have.
    """
    rows = []
    for (method, fraction), scores in sorted(classes.items(), key=lambda item: item[0]):
        for name in (None, *shown):
            binned = [of_class(one, name) for one in scores]
            count, confidence, right = (
                sum(getattr(one, what) for one in binned) for what in ("count", "confidence", "right")
            )
            for place in np.flatnonzero(count):
                shares = [one.right[place] / one.count[place] for one in binned if one.count[place] >= FEW]
                several = len(shares) > 1
                spread = (float(min(shares)), float(max(shares))) if several else (None, None)
                at = (int(place), int(count[place]), confidence[place] / count[place], right[place] / count[place])
                rows.append((method, fraction, name, *at, *spread))
    return pl.DataFrame(rows, schema=POINTS, orient="row")


def calibration_errors(classes: Mapping[Cell, Sequence[ClassScores]], shown: Sequence[int]) -> pl.DataFrame:
    """One row a class, as in `calibration_frame`: error (the expected calibration error), low, high, excess, seeds.

    Mean over seeds with the lowest and the highest (null with one seed); excess is the mean probability less the share
    right.
    """
    rows = []
    for (method, fraction), scores in sorted(classes.items(), key=lambda item: item[0]):
        for name in (None, *shown):
            binned = [of_class(one, name) for one in scores]
            errors = [one.error() for one in binned]
            spread = (min(errors), max(errors)) if len(errors) > 1 else (None, None)
            excess = float(np.mean([one.excess() for one in binned]))
            rows.append((method, fraction, name, float(np.mean(errors)), *spread, excess, len(scores)))
    return pl.DataFrame(rows, schema=ERRORS, orient="row")


def of_class(scores: ClassScores, name: int | None) -> Binned:
    """The predictions of a class against the rest, or of the class that has the highest probability."""
    if name is None:
        return Binned.of(scores.probabilities.max(1), scores.probabilities.argmax(1) == scores.labels)
    return Binned.of(scores.probabilities[:, name], scores.labels == name)
