"""Test images that show what each method segments best, in the middle and worst, kept beside the study.

They are chosen when the confirm stage is over, so that the report needs no dataset, wherever the storage is moved.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from s4mcl.config import StudyConfig
from s4mcl.execution.samples import shown_images
from s4mcl.execution.whole_file import whole_file
from s4mcl.ledger import Ledger
from s4mcl.results.ranked_images import Dice, RankedImage, ranked_images, read_dice, shown_trials
from s4mcl.statistics.comparisons_frame import Cell
from s4mcl_trainables.data.dataset import CHUNK, Dataset
from s4mcl_trainables.problems import InputError

NAME = "ranked.npz"
MOST = 48  # different images

logger = logging.getLogger(__name__)


def write_ranked(path: Path, ledger: Ledger, dataset: Dataset, config: StudyConfig) -> None:
    """Write the best, the median and the worst test image by Dice of each method and label fraction.

    rows [m] int64; images [m,1,H,W] uint8; masks [m,M,H,W] uint8; and of k ranked images: shown_method [k] and
    shown_rank [k] text, shown_fraction [k] float64, shown_row [k] int64, shown_dice [k] float64; seed int64, of the
    trials that they were chosen by. At most 48 different images; nothing is written where there is nothing to rank, or
    the test part is locked. Predictions that cannot be read are left out, and logged.
    """
    seed, paths = shown_trials(ledger.trials_frame(config.name))
    if config.test != "open" or seed is None:
        return
    cells = _dice(ledger.storage, paths)
    rows = np.unique(np.concatenate([found for found, _ in cells.values()])) if cells else np.empty(0, np.int64)
    if len(rows) and (rows[0] < 0 or rows[-1] >= len(dataset)):
        logger.warning("no images were chosen for the report: predictions name rows that the dataset does not have")
        return
    chosen = ranked_images(cells, filled_rows(dataset, rows), MOST)
    if chosen:
        _write(path, dataset, config.image_size, chosen, seed)


def filled_rows(dataset: Dataset, rows: NDArray[np.int64]) -> set[int]:
    """Those of the rows whose true mask is not empty."""
    parts = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    return {int(row) for part in parts for row in part[dataset.masks[part].any(axis=(1, 2, 3))]}


def _dice(storage: Path, paths: dict[Cell, str]) -> dict[Cell, Dice]:
    cells = {}
    for cell, relative in paths.items():
        try:
            found = read_dice(storage / relative)
        except InputError as error:
            logger.warning("%s", str(error).partition("\n")[0])
            continue
        if found is not None:
            cells[cell] = found
    return cells


def _write(path: Path, dataset: Dataset, size: int, chosen: Sequence[RankedImage], seed: int) -> None:
    rows = np.unique(np.array([image.row for image in chosen], np.int64))
    images, masks = shown_images(dataset, size, rows)
    arrays = {
        "shown_method": np.array([image.method for image in chosen]),
        "shown_rank": np.array([image.rank for image in chosen]),
        "shown_fraction": np.array([image.label_fraction for image in chosen], np.float64),
        "shown_row": np.array([image.row for image in chosen], np.int64),
        "shown_dice": np.array([image.dice for image in chosen], np.float64),
    }
    with whole_file(path) as file:
        np.savez_compressed(
            file, allow_pickle=False, rows=rows, images=images, masks=masks, seed=np.array(seed, np.int64), **arrays
        )
