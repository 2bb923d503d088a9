"""Learners that take a few steps on one batch, and whether networks are the same bit for bit."""

import torch
from torch import Tensor, nn

from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.training.batches import Batch


def stepped(learner: Learner, batch: Batch, steps: int = 4) -> list[dict[str, Tensor]]:
    """The loss terms of each step."""
    return [learner.step(batch, number, 10.0) for number in range(steps)]


def same(one: nn.Module, other: nn.Module) -> bool:
    """Whether two networks have equal parameters."""
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
