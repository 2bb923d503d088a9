"""How well classes are told apart. Each value is finite and lies in [0,1]."""

import torch
from torch import Tensor


def classification_metrics(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Judge the argmax over the real classes' logits.

    Args:
        logits: [B,K] of the K real classes alone, never with surrogate or fake ones beside them.
        labels: [B] int64 in 0..K-1; images with -1 have no label and are left out.

    Returns:
        accuracy: share of images that are right.
        balanced_accuracy: mean recall of the classes that occur in `labels`.
        majority_rate: accuracy of always naming the most frequent class of `labels`.
        macro_f1: mean F1 of the classes that occur in `labels` or in the predictions.

    Raises:
        ValueError: no image has a label.
    """
    table = confusion(logits, labels)
    total = table.sum()
    if total == 0:
        raise ValueError("no image has a class label, so there is nothing to judge")
    hits, true, named = table.diagonal(), table.sum(1), table.sum(0)
    recall = hits[true > 0] / true[true > 0]
    occurs = true + named > 0
    f1 = 2 * hits[occurs] / (true + named)[occurs]
    return {
        "accuracy": (hits.sum() / total).item(),
        "balanced_accuracy": recall.mean().item(),
        "majority_rate": (true.max() / total).item(),
        "macro_f1": f1.mean().item(),
    }


def confusion(logits: Tensor, labels: Tensor) -> Tensor:
    """[K,K] float64 counts, a row a true class and a column a predicted one, of the images that have a label."""
    classes = logits.shape[1]
    known = labels >= 0
    pairs = labels[known] * classes + logits[known].argmax(1)
    return torch.bincount(pairs, minlength=classes * classes).view(classes, classes).to(torch.float64)
