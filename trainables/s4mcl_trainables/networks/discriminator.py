"""The class discriminator C, and its trunk, which the single-task CNN uses too (method.md 4.2)."""

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.networks.layers import (
    LEAK,
    Beside,
    Convolution,
    Dropout,
    InstanceNorm,
    SpectralConvolution,
    initialise,
)

if TYPE_CHECKING:  # networks know nothing of methods; a problem is what tells their size
    from s4mcl_trainables.methods.learner import Problem

STAGES = 5


class Told(NamedTuple):
    """What C says: raw outputs [B,outputs] and, where they were asked for, features [B,F] (else F = 0)."""

    raw: Tensor
    features: Tensor


class Discriminator(nn.Module):
    """[B,inputs,H,W] to raw outputs [B,outputs], float32: five stride-2 convolutions, global average, one linear layer.

    Instance norm stands on stages 2 to 4 only: a map of one pixel would be normalised away.

    Args:
        inputs: 2 for image and mask, 1 for the image alone.
        width: channels of the first stage; they double at each.
        outputs: logits of the output layout (`networks.layout`).
        dropout: probability after each stage.
        precision: the type of the convolutions' numbers.
        weights, masks: the streams of the initial weights and of dropout.
        spectral_norm: of the convolutions. Where instance norm follows one, it only changes how fast that learns.
        features: gives the averaged maps of the last stage as well, in front of the raw outputs; see `told`.
    """

    stackable = True

    def __init__(
        self,
        inputs: int,
        width: int,
        outputs: int,
        dropout: float,
        *,
        precision: torch.dtype,
        weights: torch.Generator,
        masks: torch.Generator,
        spectral_norm: bool = False,
        features: bool = False,
    ) -> None:
        super().__init__()
        self.precision, self.outputs = precision, outputs
        kind = SpectralConvolution if spectral_norm else Convolution
        widths = [width * 2**level for level in range(STAGES)]
        pairs = zip([inputs, *widths], widths, strict=False)
        self.stages = nn.ModuleList(kind(i, o, 3, stride=2, padding=1) for i, o in pairs)
        self.norm = InstanceNorm()
        self.dropout = Dropout(dropout, masks)
        self.head = nn.Linear(widths[-1], outputs)
        self.joined = Beside() if features else None
        initialise(self, weights)
        for stage in self.stages:
            if isinstance(stage, SpectralConvolution):
                stage.begin(weights)

    @classmethod
    def of(
        cls, problem: "Problem", inputs: int, outputs: int, dropout: float, *, masks: torch.Generator, **more: Any
    ) -> Self:
        """The one that a problem asks for, on its device; first weights are drawn from its own stream of them."""
        network = cls(
            inputs,
            problem.width,
            outputs,
            dropout,
            precision=problem.precision,
            weights=problem.stream("discriminator weights"),
            masks=masks,
            **more,
        )
        return network.to(problem.device)

    def forward(self, x: Tensor) -> Tensor:
        """[B,inputs,H,W] to [B,outputs], or to [B,features + outputs]."""
        x = x.to(self.precision)
        for level, stage in enumerate(self.stages):
            x = stage(x)
            if 0 < level < STAGES - 1 and x.shape[-1] > 1:
                x = self.norm(x)
            x = self.dropout(F.leaky_relu(x, LEAK, inplace=True))
        features = x.float().mean((2, 3))
        raw: Tensor = self.head(features)
        return raw if self.joined is None else self.joined(features, raw)

    def told(self, y: Tensor) -> Told:
        """What `forward` gave, taken apart; views."""
        return Told(y[:, y.shape[1] - self.outputs :], y[:, : y.shape[1] - self.outputs])

    def settle(self) -> None:
        """An optimiser has changed the weights: their norms follow."""
        for stage in self.stages:
            if isinstance(stage, SpectralConvolution):
                stage.iterate()
