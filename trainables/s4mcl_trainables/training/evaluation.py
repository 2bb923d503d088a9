"""Judging a learner on rows of the dataset."""

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
from s4mcl_trainables.metrics.overlap import overlap
from s4mcl_trainables.metrics.roc_auc import roc_auc
from s4mcl_trainables.metrics.segmentation import segmentation_metrics
from s4mcl_trainables.metrics.surface_distance import one_empty, surface_distances

BATCH = 64
THRESHOLD = 0.5


@dataclass(frozen=True)
class Predictions:
    """Hard masks [n,M,H,W] bool and class logits [n,K] float32 on the CPU; None where the method lacks the task."""

    masks: Tensor | None
    class_logits: Tensor | None


@dataclass(frozen=True)
class Judged:
    """The test part, judged: metrics (None: undefined), and per image [n] float32 dice, iou, hd95 and assd."""

    metrics: dict[str, float | None]
    images: dict[str, NDArray[np.float32]]


def predict(learner: Learner, resident: Resident, rows: Tensor) -> Predictions:
    """Predict rows [n] of the dataset in evaluation mode, in batches; training mode is set again afterwards."""
    for module in learner.modules.values():
        module.eval()
    with torch.no_grad():
        parts = [learner.predict(resident.take(part)) for part in torch.split(rows, BATCH)]
    for module in learner.modules.values():
        module.train()
    return Predictions(_joined_masks(parts), _joined_logits(parts))


def judge(predictions: Predictions, resident: Resident, rows: Tensor) -> dict[str, float]:
    """Metrics of predictions for rows [n]: those of `metrics.segmentation` and `metrics.classification`."""
    values: dict[str, float] = {}
    if predictions.class_logits is not None:
        values |= classification_metrics(predictions.class_logits, resident.classes[rows].cpu())
    if predictions.masks is not None:
        values |= segmentation_metrics(predictions.masks, resident.masks[rows].cpu())
    return values


def judge_test(predictions: Predictions, resident: Resident, rows: Tensor) -> Judged:
    """Judge predictions for rows [n] by everything: what `judge` gives, and what is too slow or undefined at times.

    auc: macro one-against-rest area under the ROC curve, None where fewer than two classes occur.
    hd95, assd: means over images, in pixels of the study's image size; n_one_empty: how many masks (image and
    structure) of them are the stand-in for one empty mask, the image's diagonal.
    """
    metrics: dict[str, float | None] = {**judge(predictions, resident, rows)}
    if predictions.class_logits is not None:
        metrics["auc"] = roc_auc(predictions.class_logits, resident.classes[rows].cpu())
    if predictions.masks is None:
        return Judged(metrics, {})
    target = resident.masks[rows].cpu()
    counts = overlap(predictions.masks, target)
    hd95, assd = surface_distances(predictions.masks, target)
    each = {"dice": dice_of(counts).mean(1), "iou": iou_of(counts).mean(1), "hd95": hd95, "assd": assd}
    metrics |= {"hd95": hd95.mean().item(), "assd": assd.mean().item()}
    metrics["n_one_empty"] = float(one_empty(predictions.masks, target))
    return Judged(metrics, {name: values.numpy().astype(np.float32) for name, values in each.items()})


def score(metrics: dict[str, float]) -> float:
    """The mean of balanced accuracy and Dice, or the one that the method has."""
    parts = [metrics[name] for name in ("balanced_accuracy", "dice") if name in metrics]
    return sum(parts) / len(parts)


def _joined_masks(parts: list[Prediction]) -> Tensor | None:
    masks = [(part.masks > THRESHOLD).cpu() for part in parts if part.masks is not None]
    return torch.cat(masks) if masks else None


def _joined_logits(parts: list[Prediction]) -> Tensor | None:
    logits = [part.class_logits.float().cpu() for part in parts if part.class_logits is not None]
    return torch.cat(logits) if logits else None
