"""The class discriminator C, and its trunk, which the single-task CNN uses too (method.md 4.2)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.networks.layers import LEAK, Convolution, Dropout, InstanceNorm, initialise

STAGES = 5


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
    ) -> None:
        super().__init__()
        self.precision = precision
        widths = [width * 2**level for level in range(STAGES)]
        pairs = zip([inputs, *widths], widths, strict=False)
        self.stages = nn.ModuleList(Convolution(i, o, 3, stride=2, padding=1) for i, o in pairs)
        self.norm = InstanceNorm()
        self.dropout = Dropout(dropout, masks)
        self.head = nn.Linear(widths[-1], outputs)
        initialise(self, weights)

    def forward(self, x: Tensor) -> Tensor:
        """[B,inputs,H,W] to [B,outputs]."""
        x = x.to(self.precision)
        for level, stage in enumerate(self.stages):
            x = stage(x)
            if 0 < level < STAGES - 1 and x.shape[-1] > 1:
                x = self.norm(x)
            x = self.dropout(F.leaky_relu(x, LEAK, inplace=True))
        raw: Tensor = self.head(x.float().mean((2, 3)))
        return raw
