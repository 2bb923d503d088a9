"""The mask generator S: a U-Net, image to soft mask (method.md 4.1; widths, norm, slope and dropout of MultiMix)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.networks.layers import LEAK, Beside, Convolution, Doubling, Dropout, InstanceNorm, initialise


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

    def forward(self, images: Tensor) -> Tensor:
        """[B,1,H,W] to [B,structures,H,W]."""
        x = images.to(self.precision)
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        x = skips.pop()
        for block in self.up:
            x = block(self.beside(self.doubling(x), skips.pop()))
        logits: Tensor = self.head(x.float())  # the last layer in float32: probabilities near 0 and 1 need the digits
        return logits.sigmoid()
