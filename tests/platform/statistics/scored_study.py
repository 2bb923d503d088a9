"""Test scores with known truth, and the predictions.npz of such a study."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from s4mcl.statistics.image_scores import ImageScores

IMAGES, CLASSES = 40, 2
ROWS = np.arange(100, 100 + IMAGES)
GROUPS = np.arange(IMAGES) // 3
LABELS = (np.arange(IMAGES) % 5 < 2).astype(np.int64)


def scored(accuracy: float, dice: float, seeds: int = 5, seed: int = 0) -> ImageScores:
    """Scores of one method on 40 images in 14 groups; the difficulty of images is the same for every call."""
    hard = np.random.default_rng(99).standard_normal(IMAGES)
    stream = np.random.default_rng([seed, 1])
    right = stream.random((seeds, IMAGES)) < np.clip(accuracy - 0.1 * hard, 0, 1)
    values = np.clip(dice - 0.05 * hard + 0.03 * stream.standard_normal((seeds, IMAGES)), 0, 1)
    masks = {"dice": values, "iou": values / (2 - values), "hd95": 20 * (1 - values), "assd": 5 * (1 - values)}
    named = np.where(right, LABELS, 1 - LABELS)
    return ImageScores(tuple(range(seeds)), ROWS, LABELS, GROUPS, CLASSES, named, masks)


def write_predictions(folder: Path, scores: ImageScores, *, without: tuple[str, ...] = ()) -> Mapping[int, Path]:
    """One predictions.npz a seed, as a trial keeps it."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for place, seed in enumerate(scores.seeds):
        arrays = {"rows": scores.rows, "labels": scores.labels, "groups": scores.groups}
        arrays |= {name: values[place].astype(np.float32) for name, values in scores.masks.items()}
        if scores.named is not None:
            arrays["class_probabilities"] = np.eye(scores.classes, dtype=np.float32)[scores.named[place]]
        kept = {name: values for name, values in arrays.items() if name not in without}
        paths[seed] = folder / f"{seed}.npz"
        np.savez(paths[seed], allow_pickle=False, **kept)
    return paths
