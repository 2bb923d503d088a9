"""Predictions on the test part, kept for figures and per-image statistics."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.training.evaluation import Judged, Predictions


def save_predictions(
    path: Path, predictions: Predictions, judged: Judged, resident: Resident, rows: Tensor, *, groups: NDArray[np.int64]
) -> None:
    """Write an .npz without pickles, atomically. `groups` [N] are the dataset's group numbers, of all its images.

    rows, labels (-1: none), groups [n] int64; masks [n,ceil(M*H*W/8)] packed bits and mask_shape (M,H,W); dice, iou,
    hd95, assd [n] float32 (means over structures, distances in pixels; NaN: no true mask); structure_dice [n,M]
    float32, where M > 1; class_probabilities [n,K] float32. What the method lacks is absent, and so are distances that
    were not asked for. Groups are ordinals, so nothing of a patient's identity is in the file.
    """
    places = rows.cpu().numpy()
    labels = resident.classes[rows].cpu().numpy()
    arrays: dict[str, NDArray[Any]] = {"rows": places, "labels": labels, "groups": groups[places], **judged.images}
    if predictions.masks is not None:
        masks = predictions.masks.numpy()
        arrays["masks"] = np.packbits(masks.reshape(len(masks), -1), axis=1)
        arrays["mask_shape"] = np.array(masks.shape[1:], dtype=np.int64)
    if predictions.class_logits is not None:
        arrays["class_probabilities"] = predictions.class_logits.softmax(1).numpy()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
