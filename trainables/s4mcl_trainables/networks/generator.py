"""The mask generator S: a U-Net, image to soft mask (method.md 4.1; widths, norm, slope and dropout of MultiMix)."""

from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.networks.layers import LEAK, Beside, Convolution, Doubling, Dropout, InstanceNorm, initialise

if TYPE_CHECKING:  # networks know nothing of methods; a problem is what tells their size
    from s4mcl_trainables.methods.learner import Problem


class Block(nn.Module):
    """Twice convolution 3x3, instance norm, leaky ReLU; then dropout."""

    stackable = True

    def __init__(self, inputs: int, outputs: int, dropout: Dropout) -> None:
        super().__init__()
        self.first = Convolution(inputs, outputs, 3, padding=1)
        self.second = Convolution(outputs, outputs, 3, padding=1)
        self.norm = InstanceNorm()
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        """[B,inputs,H,W] to [B,outputs,H,W]."""
        for convolution in (self.first, self.second):
            x = F.leaky_relu(self.norm(convolution(x)), LEAK, inplace=True)
        y: Tensor = self.dropout(x)
        return y


class Generator(nn.Module):
    """Image [B,1,H,W] to soft mask [B,structures,H,W] in (0, 1), float32.

    Args:
        width: channels of the first stage; they double `depth` times.
        depth: how often the map is halved; H and W are multiples of 2^depth.
        dropout: probability after each block.
        precision: the type of the convolutions' numbers.
        weights, masks: the streams of the initial weights and of dropout.
    """

    stackable = True

    def __init__(
        self,
        width: int,
        depth: int,
        dropout: float,
        *,
        precision: torch.dtype,
        weights: torch.Generator,
        masks: torch.Generator,
        structures: int = 1,
    ) -> None:
        super().__init__()
        self.precision = precision
        widths = [width * 2**level for level in range(depth + 1)]
        drop = Dropout(dropout, masks)
        self.down = nn.ModuleList(Block(i, o, drop) for i, o in zip([1, *widths], widths, strict=False))
        self.up = nn.ModuleList(Block(widths[d + 1] + widths[d], widths[d], drop) for d in reversed(range(depth)))
        self.doubling, self.beside = Doubling(), Beside()
        self.head = Convolution(width, structures, 1)
        initialise(self, weights)

    @classmethod
    def of(
        cls,
        problem: "Problem",
        dropout: float,
        *,
        masks: torch.Generator,
        weights: str = "generator weights",
        **more: Any,
    ) -> Self:
        """The one that a problem asks for, on its device; first weights are drawn from its stream `weights`."""
        network = cls(
            problem.width,
            problem.depth,
            dropout,
            precision=problem.precision,
            weights=problem.stream(weights),
            masks=masks,
            structures=problem.structures,
            **more,
        )
        return network.to(problem.device)

    def forward(self, images: Tensor) -> Tensor:
        """[B,1,H,W] to [B,structures,H,W]."""
        return self.decoded(self.encoded(images))

    def encoded(self, images: Tensor) -> list[Tensor]:
        """[B,1,H,W] to the maps [B,C,H',W'] of each level, from the finest to the coarsest."""
        x, maps = images.to(self.precision), []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            maps.append(x)
        return maps

    def decoded(self, maps: list[Tensor], bridge: Tensor | None = None) -> Tensor:
        """The maps of `encoded`, which are let go one by one, to soft masks [B,structures,H,W].

        `bridge` [B,C,H/2^(depth-1),W/2^(depth-1)] is what the first block gets beside its maps, where it has room.
        """
        x = maps.pop()
        for block in self.up:
            x = self.beside(self.doubling(x), maps.pop())
            if bridge is not None:
                x, bridge = self.beside(x, bridge), None
            x = block(x)
        logits: Tensor = self.head(x.float())  # the last layer in float32: probabilities near 0 and 1 need the digits
        return logits.sigmoid()
