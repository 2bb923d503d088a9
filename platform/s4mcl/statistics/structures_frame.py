"""The Dice of each of several structures, by method and label fraction."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from s4mcl.statistics.comparisons_frame import Cell
from s4mcl.statistics.crossed import crossed_interval
from s4mcl.statistics.group_sums import image_means
from s4mcl.statistics.image_scores import ImageScores

STRUCTURES_SCHEMA = {
    "label_fraction": pl.Float64,
    "method": pl.String,
    "structure": pl.Int64,
    "mean": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "seeds": pl.Int64,
}


def structures_frame(cells: Mapping[Cell, ImageScores]) -> pl.DataFrame:
    """One row a structure, counted from 0, of each method and label fraction that has several.

    Columns: label_fraction, method, structure, mean (Dice over test images and seeds), low, high (95 % over seeds
    crossed with test groups; null where fewer than two of either are there), seeds.
    """
    rows = []
    for (method, fraction), scores in sorted(cells.items(), key=lambda item: (item[0][1], item[0][0])):
        for place in range(0 if scores.structures is None else scores.structures.shape[2]):
            assert scores.structures is not None
            dice = scores.structures[:, :, place]
            seen = ~np.isnan(dice).all(0)  # images with a mask
            found = crossed_interval(image_means(dice[:, seen], scores.groups[seen]))
            rows.append((fraction, method, place, found.mean, found.low, found.high, found.n))
    return pl.DataFrame(rows, schema=STRUCTURES_SCHEMA, orient="row")
