"""Judging a learner on rows of the dataset."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.learner import Learner, Prediction
from s4mcl_trainables.metrics.classification import classification_metrics
from s4mcl_trainables.metrics.dice import dice_of
from s4mcl_trainables.metrics.iou import iou_of
from s4mcl_trainables.metrics.overlap import Overlap, overlap
from s4mcl_trainables.metrics.roc_auc import roc_auc
from s4mcl_trainables.metrics.segmentation import segmentation_metrics_of
from s4mcl_trainables.metrics.surface_distance import one_empty, surface_distances
from s4mcl_trainables.training.symmetries import said

THRESHOLD = 0.5
# Pixels of images that a network takes at once: on a GPU enough to fill it; on a CPU what suits its caches, 64 images
# of 64x64 or 16 of 128x128 (64 of 128x128 took 1.4 times as long in float32, 1.6 times in bfloat16).
PIXELS = {"cpu": 2**18, "cuda": 2**22}


@dataclass(frozen=True)
class Predictions:
    """Hard masks [n,M,H,W] bool and class logits [n,K] float32 on the CPU; None where the method lacks the task."""

    masks: Tensor | None
    class_logits: Tensor | None


@dataclass(frozen=True)
class Judged:
    """The test part, judged: metrics (None: undefined); per image [n] float32 dice, iou and, if asked, hd95, assd.

    Of several structures also structure_dice [n,M]. Of an image without a mask these are NaN.
    """

    metrics: dict[str, float | None]
    images: dict[str, NDArray[np.float32]]


def predict(learner: Learner, resident: Resident, rows: Tensor) -> Predictions:
    """Predict rows [n] of the dataset in evaluation mode, in batches; training mode is set again afterwards."""
    for module in learner.modules.values():
        module.eval()
    with torch.inference_mode():
        parts = [said(learner, resident.take(part)) for part in torch.split(rows, batch_size(resident))]
        predictions = Predictions(_joined_masks(parts), _joined_logits(parts))
    for module in learner.modules.values():
        module.train()
    return predictions


def batch_size(resident: Resident) -> int:
    """How many images a network takes at once to be judged."""
    return max(1, PIXELS.get(resident.images.device.type, PIXELS["cuda"]) // resident.size**2)


def judge(predictions: Predictions, resident: Resident, rows: Tensor) -> dict[str, float]:
    """Metrics of predictions for rows [n]: those of `metrics.segmentation` and `metrics.classification`.

    Each task is judged on the rows that have its label.
    """
    return _metrics(predictions, resident.classes[rows].cpu(), _counted(predictions, resident, rows))


def judge_test(predictions: Predictions, resident: Resident, rows: Tensor, *, distances: bool = False) -> Judged:
    """Judge predictions for rows [n] by everything: what `judge` gives, and what is too slow or undefined at times.

    auc: macro one-against-rest area under the ROC curve, None where fewer than two classes occur.
    With `distances`, hd95, assd: means over images, in pixels of the study's image size; n_one_empty: how many masks
    (image and structure) of them are the stand-in for one empty mask, the image's diagonal.
    """
    classes, counts = resident.classes[rows].cpu(), _counted(predictions, resident, rows)
    metrics: dict[str, float | None] = {**_metrics(predictions, classes, counts)}
    if predictions.class_logits is not None:
        metrics["auc"] = roc_auc(predictions.class_logits, classes)
    each: dict[str, Tensor] = {}
    if counts is not None:
        of_structure = dice_of(counts)
        each = {"dice": of_structure.mean(1), "iou": iou_of(counts).mean(1)}
        if of_structure.shape[1] > 1:
            each["structure_dice"] = of_structure
    if distances and predictions.masks is not None:
        predicted, target = _masks(predictions.masks, resident, rows)
        each["hd95"], each["assd"] = surface_distances(predicted, target)
        metrics |= {name: each[name].mean().item() for name in ("hd95", "assd")}
        metrics["n_one_empty"] = float(one_empty(predicted, target))
    known = resident.has_mask[rows].cpu()
    return Judged(metrics, {name: _spread(values, known) for name, values in each.items()})


def score(metrics: dict[str, float]) -> float:
    """The mean of balanced accuracy and Dice, or the one that the method has."""
    parts = [metrics[name] for name in ("balanced_accuracy", "dice") if name in metrics]
    return sum(parts) / len(parts)


def _counted(predictions: Predictions, resident: Resident, rows: Tensor) -> Overlap | None:
    return None if predictions.masks is None else overlap(*_masks(predictions.masks, resident, rows))


def _masks(predicted: Tensor, resident: Resident, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Predicted and true masks [m,M,H,W], on the CPU, of those of the rows [n] that have a mask."""
    target, known = resident.masks.index_select(0, rows).cpu(), resident.has_mask[rows].cpu()
    return (predicted, target) if known.all() else (predicted[known], target[known])


def _spread(values: Tensor, known: Tensor) -> NDArray[np.float32]:
    """[m] or [m,M] values to [n] or [n,M] float32, NaN where nothing is known."""
    spread = torch.full((len(known), *values.shape[1:]), math.nan)
    spread[known] = values.float()
    return spread.numpy()


def _metrics(predictions: Predictions, classes: Tensor, counts: Overlap | None) -> dict[str, float]:
    values: dict[str, float] = {}
    if predictions.class_logits is not None:
        values |= classification_metrics(predictions.class_logits, classes)
    if counts is not None:
        values |= segmentation_metrics_of(counts)
    return values


def _joined_masks(parts: list[Prediction]) -> Tensor | None:
    masks = [part.masks > THRESHOLD for part in parts if part.masks is not None]
    return torch.cat(masks).cpu() if masks else None


def _joined_logits(parts: list[Prediction]) -> Tensor | None:
    logits = [part.class_logits.float() for part in parts if part.class_logits is not None]
    return torch.cat(logits).cpu() if logits else None
