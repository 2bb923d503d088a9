"""Judging a learner on rows of the dataset."""

from dataclasses import dataclass

import torch
from torch import Tensor

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.learner import Learner, Prediction
from s4mcl_trainables.metrics.classification import classification_metrics
from s4mcl_trainables.metrics.segmentation import segmentation_metrics

BATCH = 64
THRESHOLD = 0.5


@dataclass(frozen=True)
class Predictions:
    """Hard masks [n,M,H,W] bool and class logits [n,K] float32 on the CPU; None where the method lacks the task."""

    masks: Tensor | None
    class_logits: Tensor | None


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
