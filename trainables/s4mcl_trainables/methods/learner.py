"""What a method's learner offers to the training loop."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.work import Part, Terms, alone
from s4mcl_trainables.seeds import generator
from s4mcl_trainables.training.batches import Batch


@dataclass(frozen=True)
class Problem:
    """What a learner is built for."""

    classes: int
    structures: int
    width: int
    depth: int
    iterations: int
    seed: int
    device: torch.device
    precision: torch.dtype

    def stream(self, name: str, *, on_device: bool = False) -> torch.Generator:
        """The random stream `name` of this trial; initial weights are drawn on the CPU, masks on the device."""
        return generator(self.seed, name, self.device if on_device else "cpu")


@dataclass(frozen=True)
class Prediction:
    """For a batch of images: soft masks [B,M,H,W] and class logits [B,K]; None where the method lacks the task."""

    masks: Tensor | None
    class_logits: Tensor | None


class Learner(ABC):
    """Networks, optimisers and the step of one method.

    A step is made of parts, each of which ends in an optimiser's step. They ask for passes through networks and for
    descents (`methods.work`), so that trials can train together, and a part whose memory runs out is done with fewer
    rows at once. Elsewhere networks are called by `micro.through`.

    Attributes:
        modules: the networks, by name; all that has parameters.
        optimisers: by name.
        streams: everything that parts draw from, by name.
        micro: how many rows the networks take at once.
        symmetric: what it says is a mean over the symmetries of a square (`training.symmetries.said`).
        untraceable: why `predict` can be no graph of operations, with the cure; '' where it can.
    """

    modules: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]
    streams: dict[str, torch.Generator]
    micro: MicroBatch
    symmetric: bool = False
    untraceable: str = ""

    @abstractmethod
    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """The parts of a step on one batch, each asked for when the one before is done.

        Args:
            batch: see `training.batches`.
            iteration: from 0.
            rate: scales the learning rates.
        """

    @abstractmethod
    def predict(self, images: Tensor) -> Prediction:
        """Images [B,1,H,W], normalised, to a prediction. The caller sets evaluation mode and switches gradients off."""

    def step(self, batch: Batch, iteration: int, rate: float) -> Terms:
        """Train on one batch. Gives every loss term by name, detached scalars."""
        terms: Terms = {}
        for part in self.parts(batch, iteration, rate):
            terms |= self.done(part)
        return terms

    def done(self, part: Part) -> Terms:
        """Do a part, with fewer rows at once where memory runs out."""
        return self.micro.retried(self.streams, lambda: alone(part, self.micro))


def learner_state(learner: Learner) -> dict[str, Any]:
    """Tensors and plain values of all that changes while training."""
    return {
        "modules": {name: own_state(module) for name, module in learner.modules.items()},
        "optimisers": {name: optimiser.state_dict() for name, optimiser in learner.optimisers.items()},
        "streams": {name: stream.get_state() for name, stream in learner.streams.items()},
    }


def own_state(module: nn.Module) -> dict[str, Tensor]:
    """The state of a module; tensors that lie in a larger one, as those of stacked networks, are copied out of it."""
    state: dict[str, Tensor] = module.state_dict()
    return {name: x.clone() if x.untyped_storage().nbytes() > x.nbytes else x for name, x in state.items()}


def restore_learner(learner: Learner, state: dict[str, Any]) -> None:
    """The inverse of `learner_state`."""
    for name, module in learner.modules.items():
        module.load_state_dict(state["modules"][name])
    for name, optimiser in learner.optimisers.items():
        optimiser.load_state_dict(state["optimisers"][name])
    for name, stream in learner.streams.items():
        stream.set_state(state["streams"][name].cpu())


def adam(module: nn.Module, rate: float) -> torch.optim.Optimizer:
    """Adam with torch's defaults (betas 0.9 and 0.999), all parameters updated in one fused operation."""
    return torch.optim.Adam(module.parameters(), lr=rate, fused=True)
