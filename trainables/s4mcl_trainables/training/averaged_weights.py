"""The moving average of a learner's weights: it predicts in their place, training goes on with the plain ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.networks.moving_average import decay_after


class AveragedWeights:
    """After each step the average becomes d times itself plus (1 - d) times the weights, d = min(1 - 1/(t+1), most).

    Of all parameters of the learner; what else its networks hold is taken as it is. With `most` 0 there is no average:
    the weights themselves predict.

    Attributes:
        steps: t, how many steps were followed.
        weights: the average, in the order of the learner's parameters.
    """

    def __init__(self, learner: Learner, most: float) -> None:
        self.most, self.steps = most, 0
        found = (parameter for module in learner.modules.values() for parameter in module.parameters())
        self._parameters: list[Tensor] = list(dict.fromkeys(found)) if most else []
        self.weights = [parameter.detach().clone() for parameter in self._parameters]

    @torch.no_grad()
    def follow(self) -> None:
        """A step was made."""
        if not self.weights:
            return
        torch._foreach_lerp_(self.weights, self._parameters, 1 - decay_after(self.steps, self.most))
        self.steps += 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While it lasts, the learner has the average for its weights."""
        if not self.weights:
            yield
            return
        plain = [parameter.detach().clone() for parameter in self._parameters]
        try:
            with torch.no_grad():
                torch._foreach_copy_(self._parameters, self.weights)
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(self._parameters, plain)

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        return {"steps": self.steps, "weights": [weight.clone() for weight in self.weights]}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        self.steps = state["steps"]
        for weight, found in zip(self.weights, state["weights"], strict=True):
            weight.copy_(found)
