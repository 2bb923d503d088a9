"""What a method's learner offers to the training loop."""

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from s4mcl_trainables.methods.micro_batch import MicroBatch
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


class Learner(Protocol):
    """Networks, optimisers and the step of one method.

    A step whose memory runs out is made with fewer rows at once: networks are called by `micro.through`, and what ends
    in an optimiser's step by `micro.retried`.
    """

    modules: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]
    streams: dict[str, torch.Generator]
    micro: MicroBatch

    def step(self, batch: Batch, iteration: int, rate: float) -> dict[str, Tensor]:
        """Train on one batch; `rate` scales the learning rates. Gives every loss term by name, detached scalars."""
        ...

    def predict(self, images: Tensor) -> Prediction:
        """Images [B,1,H,W], normalised, to a prediction. The caller sets evaluation mode and switches gradients off."""
        ...


def learner_state(learner: Learner) -> dict[str, Any]:
    """Tensors and plain values of all that changes while training."""
    return {
        "modules": {name: module.state_dict() for name, module in learner.modules.items()},
        "optimisers": {name: optimiser.state_dict() for name, optimiser in learner.optimisers.items()},
        "streams": {name: stream.get_state() for name, stream in learner.streams.items()},
    }


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


def descend(optimiser: torch.optim.Optimizer, loss: Tensor, rate: float) -> None:
    """One step down `loss` with the learning rate `rate`. Where memory runs out, nothing has been changed."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    begun = bool(optimiser.state)
    try:
        optimiser.step()
    except (MemoryError, RuntimeError):
        if not begun:  # Adam makes its moments before its first step, and may have made half of them
            optimiser.state.clear()
        raise
