"""Test-time averaging: what a learner says of an image is the mean over the eight symmetries of a square.

Each symmetry moves pixels alone (`transforms`), so that to turn an image is to turn its averaged mask, to rounding.
"""

import math

import torch
from torch import Tensor

from s4mcl_trainables.methods.learner import Learner, Prediction
from s4mcl_trainables.transforms import ELEMENTS, inverse

# Each symmetry and its inverse, found here since an exported network must not look for it.
WAYS = tuple((move, ELEMENTS[inverse(name)]) for name, move in ELEMENTS.items())


def said(learner: Learner, images: Tensor) -> Prediction:
    """Images [B,1,H,W], normalised, to what the learner says of them, averaged where it is `symmetric`.

    By eighths of the images then, so that no more lie in memory at once than without.
    """
    if not learner.symmetric:
        return learner.predict(images)
    parts = [said_at_once(learner, part) for part in torch.split(images, -(-max(1, len(images)) // len(WAYS)))]
    masks = [part.masks for part in parts if part.masks is not None]
    logits = [part.class_logits for part in parts if part.class_logits is not None]
    return Prediction(torch.cat(masks) if masks else None, torch.cat(logits) if logits else None)


def said_at_once(learner: Learner, images: Tensor) -> Prediction:
    """As `said`, in one pass over all views [8B,1,H,W] of the images, H = W: an exported graph has one way through.

    The mean soft mask, each mapped back, and the logarithm of the mean class probabilities.
    """
    if not learner.symmetric:
        return learner.predict(images)
    prediction = learner.predict(torch.cat([move(images) for move, _ in WAYS]))
    masks, logits = prediction.masks, prediction.class_logits
    shape = len(WAYS), images.shape[0]  # len() of it would be a constant of an exported graph
    if masks is not None:
        views = masks.float().view(*shape, *masks.shape[1:]).unbind()
        masks = torch.stack([back(view) for (_, back), view in zip(WAYS, views, strict=True)]).mean(0)
    if logits is not None:
        logits = logits.float().log_softmax(1).view(*shape, -1).logsumexp(0) - math.log(len(WAYS))
    return Prediction(masks, logits)
