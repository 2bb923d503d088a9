"""Predictions on the test part, kept for figures and per-image statistics."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.metrics.dice import dice
from s4mcl_trainables.training.evaluation import Predictions


def save_predictions(path: Path, predictions: Predictions, resident: Resident, rows: Tensor) -> None:
    """Write an .npz without pickles, atomically.

    rows [n] int64; masks [n,ceil(M*H*W/8)] packed bits and mask_shape (M,H,W), dice [n] float32 (mean over structures);
    class_probabilities [n,K] float32. What the method lacks is absent.
    """
    arrays: dict[str, NDArray[Any]] = {"rows": rows.cpu().numpy()}
    if predictions.masks is not None:
        masks = predictions.masks.numpy()
        arrays["masks"] = np.packbits(masks.reshape(len(masks), -1), axis=1)
        arrays["mask_shape"] = np.array(masks.shape[1:], dtype=np.int64)
        each = dice(predictions.masks, resident.masks[rows].cpu())
        arrays["dice"] = each.reshape(len(masks), -1).mean(1).numpy().astype(np.float32)
    if predictions.class_logits is not None:
        arrays["class_probabilities"] = predictions.class_logits.softmax(1).numpy()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
