"""Cross entropy against classes that a prediction is sure of (FixMatch, Sohn et al. 2020, equation 4)."""

from torch import Tensor
from torch.nn import functional as F


def confident_cross_entropy(logits: Tensor, believed: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """Mean over all rows of [max q >= threshold] H(argmax q, softmax(logits)) with q = softmax(believed).

    Args:
        logits: [B,K], which learn.
        believed: [B,K], which teach, without gradient.
        threshold: a probability.

    Returns:
        The loss, and the share of rows that count; scalars.
    """
    sure, classes = believed.detach().softmax(1).max(1)
    confident = (sure >= threshold).to(logits.dtype)
    each = F.cross_entropy(logits, classes, reduction="none")
    return (confident * each).mean(), confident.mean()
