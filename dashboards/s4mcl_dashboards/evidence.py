"""What the files of a study show beyond its ledger: test images, predictions of them, and class probabilities."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from s4mcl.results.ranked_images import shown_trials
from s4mcl.results.warnings import first_line
from s4mcl.statistics.comparisons_frame import Cell
from s4mcl_dashboards.class_scores import ClassScores, read_class_scores
from s4mcl_dashboards.frames.label_fraction import confirm_trials
from s4mcl_dashboards.samples import Prediction, Ranked, Samples, read_prediction, read_ranked, read_samples
from s4mcl_trainables.problems import InputError

DRAWN = 6  # test images that are shown for every method
SEEDS = 10  # files of class probabilities that are read of a method and label fraction

Read = TypeVar("Read")


@dataclass(frozen=True)
class Evidence:
    """Dataset rows in it tell images apart, and are never shown.

    Attributes:
        samples: test images that were drawn before training, the same for all methods.
        ranked: test images that were chosen by their Dice when the study ended; None in a study of an earlier version.
        predictions: masks of these images by method and label fraction, of the trials of `seed`.
        classes: labels and class probabilities by method and label fraction, a seed each, of the first 10 seeds.
        unread_seeds: trials beyond those 10, whose class probabilities were not read.
        unreadable: what could not be read, and why, a sentence each.
        left_out: images were left out because that was asked for.
    """

    samples: Samples | None = None
    ranked: Ranked | None = None
    predictions: dict[Cell, Prediction] = field(default_factory=dict)
    seed: int | None = None
    classes: dict[Cell, tuple[ClassScores, ...]] = field(default_factory=dict)
    unread_seeds: int = 0
    unreadable: tuple[str, ...] = ()
    left_out: bool = False

    def without_images(self) -> "Evidence":
        """The same without anything that was drawn from the image of a patient: pixels, masks, boundaries."""
        return replace(self, samples=None, ranked=None, predictions={}, seed=None, left_out=True)


def read_evidence(trials: pl.DataFrame, study_dir: Path, storage: Path) -> Evidence:
    """Read what there is. A file that cannot be used is told in `unreadable`, and the rest does without it."""
    problems: list[str] = []

    def attempted(read: Callable[[], Read]) -> Read | None:
        try:
            return read()
        except InputError as error:
            problems.append(first_line(error, storage))
            return None

    paths = {name: study_dir / f"{name}.npz" for name in ("samples", "ranked")}
    samples = attempted(partial(read_samples, paths["samples"])) if paths["samples"].is_file() else None
    ranked = attempted(partial(read_ranked, paths["ranked"])) if paths["ranked"].is_file() else None
    if samples is not None:
        samples = Samples(samples.rows[:DRAWN], samples.images[:DRAWN], samples.masks[:DRAWN])
    kept = [images for images in (samples, ranked.samples if ranked else None) if images is not None]
    seed, files = shown_trials(trials, ranked.seed if ranked else None)
    predictions = {}
    if kept:
        rows = np.unique(np.concatenate([images.rows for images in kept]))
        for cell, relative in files.items():
            found = attempted(partial(read_prediction, storage / relative, rows))
            if found is not None and found.masks.shape[2:] == kept[0].masks.shape[2:]:
                predictions[cell] = found
    read, unread = _class_scores(trials, storage, attempted)
    return Evidence(samples, ranked, predictions, seed, read, unread, tuple(dict.fromkeys(problems)))


def _class_scores(
    trials: pl.DataFrame, storage: Path, attempted: Callable[[Callable[[], ClassScores | None]], ClassScores | None]
) -> tuple[dict[Cell, tuple[ClassScores, ...]], int]:
    """The class probabilities of the first seeds of each method and label fraction, and how many files were left."""
    told = confirm_trials(trials).drop_nulls(["predictions", "seed", "label_fraction"])
    ordered = told.sort("method", "label_fraction", "seed").unique(["method", "label_fraction", "seed"], keep="first")
    found: dict[Cell, tuple[ClassScores, ...]] = {}
    unread = 0
    for (method, fraction), rows in ordered.sort("method", "label_fraction", "seed").group_by(
        "method", "label_fraction", maintain_order=True
    ):
        files = rows.select("seed", "predictions").rows()
        unread += max(0, len(files) - SEEDS)
        read = [attempted(partial(read_class_scores, storage / relative, seed)) for seed, relative in files[:SEEDS]]
        scores = tuple(one for one in read if one is not None)
        if scores:
            found[str(method), float(str(fraction))] = tuple(one for one in scores if one.classes == scores[0].classes)
    return found, unread
