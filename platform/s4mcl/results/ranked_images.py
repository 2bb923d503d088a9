"""Which test images a report shows of a method at a label fraction: the best, the median and the worst by Dice."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl.array_file import AGAIN, array_file
from s4mcl.statistics.comparisons_frame import Cell
from s4mcl_trainables.problems import InputError

CONFIRM = "confirm"
RANKS = ("best", "median", "worst")
Dice = tuple[NDArray[np.int64], NDArray[np.float64]]  # dataset rows [n] and the Dice of each [n]


@dataclass(frozen=True)
class RankedImage:
    """A test image that shows how well a method segments at a label fraction. Its dataset row is never shown."""

    method: str
    label_fraction: float
    rank: str
    row: int
    dice: float


def shown_trials(trials: pl.DataFrame, wanted: int | None = None) -> tuple[int | None, dict[Cell, str]]:
    """The seed with the most files of predictions (the lowest of equals), and these, by method and label fraction.

    Args:
        trials: as `Ledger.trials_frame` gives it.
        wanted: a seed that is taken instead, if it has any.

    Returns:
        None and nothing where no trial of the confirm stage has predictions. Paths are relative to the storage.
    """
    told = trials.filter(pl.col("stage") == CONFIRM).drop_nulls(["predictions", "seed", "label_fraction"])
    if told.is_empty():
        return None, {}
    counts = told.group_by("seed").len().sort("len", "seed", descending=[True, False])
    seed = wanted if wanted is not None and wanted in counts["seed"] else int(counts["seed"][0])
    rows = told.filter(pl.col("seed") == seed).select("method", "label_fraction", "predictions")
    return seed, {(method, fraction): path for method, fraction, path in rows.sort("method", "label_fraction").rows()}


def read_dice(path: Path) -> Dice | None:
    """The dataset rows and the Dice of the test images in a predictions.npz; None for a method without masks.

    Raises:
        InputError: the file cannot be read, or its arrays do not fit together.
    """
    with array_file(path) as file:
        if "dice" not in file.files:
            return None
        rows, dice = file["rows"].astype(np.int64), file["dice"].astype(np.float64)
    if rows.ndim != 1 or dice.shape != rows.shape:
        raise InputError(
            f"{path}: {rows.shape} rows and {dice.shape} Dice were found, one Dice for each row was expected.\n"
            f"Cure: {AGAIN}"
        )
    return rows, dice


def ranked(dice: NDArray[np.float64]) -> dict[str, int]:
    """The places of the best, the median (of two, the lower) and the worst of [n] Dice values, each place once.

    Values that are no number do not count. Of equals the first is the worst and the last the best, so that three images
    have three ranks. Where all are equal, or there is one alone, it is the best.
    """
    known = np.flatnonzero(np.isfinite(dice))
    if not len(known):
        return {}
    rising = known[np.argsort(dice[known], kind="stable")]
    best, worst = int(rising[-1]), int(rising[0])
    if dice[best] == dice[worst]:
        return {"best": best}
    middle = {"median": int(rising[(len(rising) - 1) // 2])} if len(rising) > 2 else {}
    return {"best": best, **middle, "worst": worst}


def ranked_images(cells: Mapping[Cell, Dice], filled: Collection[int], most: int) -> list[RankedImage]:
    """The ranked images of all cells, of at most so many different rows.

    A cell has all of its images or none. The smallest label fraction comes first, then the largest, and so on inwards,
    so that the ends of the range are seen where there is no room for everything.

    Args:
        cells: rows and Dice by method and label fraction.
        filled: the dataset rows that count: an empty true mask has a Dice of 1 or 0, which says little.
        most: different rows.
    """
    images: list[RankedImage] = []
    rows: set[int] = set()
    for fraction in outside_in(fraction for _, fraction in cells):
        for method in sorted(method for method, at in cells if at == fraction):
            found, dice = cells[method, fraction]
            counted = np.where(np.isin(found, list(filled)), dice, np.nan)
            own = [
                RankedImage(method, fraction, rank, int(found[place]), float(dice[place]))
                for rank, place in ranked(counted).items()
            ]
            if len(rows | {image.row for image in own}) <= most:
                images += own
                rows |= {image.row for image in own}
    return images


def outside_in(fractions: Iterable[float]) -> list[float]:
    """The smallest, the largest, the second smallest, and so on."""
    ordered = sorted(set(fractions))
    return [ordered[place // 2 if place % 2 == 0 else -(place // 2) - 1] for place in range(len(ordered))]
