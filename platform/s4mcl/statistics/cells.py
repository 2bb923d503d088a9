"""The scores on test images of every method and label fraction of a study."""

from pathlib import Path

import polars as pl

from s4mcl.statistics.comparisons_frame import Cell
from s4mcl.statistics.image_scores import ImageScores, read_image_scores

CONFIRM = "confirm"


def read_cells(trials: pl.DataFrame, storage: Path) -> dict[Cell, ImageScores]:
    """From the ledger's frame of trials and the predictions that it names, in the frame's order of methods.

    Args:
        trials: as `Ledger.trials_frame` gives it; rows of the stage confirm that have predictions count.
        storage: the storage's folder, which `predictions` are relative to.

    Raises:
        InputError: a file of predictions cannot be used, or seeds of one cell were tested on other images.
    """
    told = trials.filter(pl.col("stage") == CONFIRM).drop_nulls(["predictions", "label_fraction", "seed"])
    paths: dict[Cell, dict[int, Path]] = {}
    for row in told.select("method", "label_fraction", "seed", "predictions").to_dicts():
        paths.setdefault((row["method"], row["label_fraction"]), {})[row["seed"]] = storage / row["predictions"]
    return {cell: read_image_scores(of_seed) for cell, of_seed in paths.items()}
