"""The two networks in the most obvious PyTorch, without a layer of ours. Dropout's masks are given from outside."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2


def instance_norm(x: Tensor) -> Tensor:
    """[B,C,H,W] to the same."""
    return nn.InstanceNorm2d(x.shape[1])(x)


def upsampled(x: Tensor) -> Tensor:
    """[B,C,H,W] to [B,C,2H,2W]."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)


class PlainBlock(nn.Module):
    """Twice convolution, norm, leaky ReLU; the caller drops."""

    def __init__(self, inputs: int, outputs: int, norm: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        """[B,inputs,H,W] to [B,outputs,H,W]."""
        x = F.leaky_relu(self.norm(self.first(x)), SLOPE)
        return F.leaky_relu(self.norm(self.second(x)), SLOPE)


class PlainGenerator(nn.Module):
    """Images [B,1,H,W] to soft masks [B,1,H,W]; `norm` and `up` can be replaced, to be compared."""

    def __init__(
        self,
        width: int,
        depth: int,
        norm: Callable[[Tensor], Tensor] = instance_norm,
        up: Callable[[Tensor], Tensor] = upsampled,
    ) -> None:
        super().__init__()
        self.widths = [width * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for level, channels in enumerate(self.widths):
            self.down.append(PlainBlock(1 if level == 0 else self.widths[level - 1], channels, norm))
        for level in reversed(range(depth)):
            self.up.append(PlainBlock(self.widths[level + 1] + self.widths[level], self.widths[level], norm))
        self.head = nn.Conv2d(width, 1, 1)
        self.upsampled = up

    def mask_shapes(self, batch: int, size: int) -> list[tuple[int, ...]]:
        """The shapes of dropout's masks, one after each block."""
        down = [(batch, channels, size >> level, size >> level) for level, channels in enumerate(self.widths)]
        return down + down[-2::-1]

    def forward(self, images: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """`masks`: dropout's, 0 or the scale; None: nothing is dropped."""
        left = list(masks) if masks is not None else None
        x, skips = images, []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level > 0 else x)
            x = x * left.pop(0) if left is not None else x
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = block(torch.cat([self.upsampled(x), skips.pop()], dim=1))
            x = x * left.pop(0) if left is not None else x
        return torch.sigmoid(self.head(x))


class PlainDiscriminator(nn.Module):
    """Images, with their masks as further channels, to raw outputs [B,outputs]: five convolutions of stride 2."""

    def __init__(self, inputs: int, width: int, outputs: int, norm: Callable[[Tensor], Tensor] = instance_norm) -> None:
        super().__init__()
        self.widths = [width, 2 * width, 4 * width, 8 * width, 16 * width]
        self.stages = nn.ModuleList()
        for level, channels in enumerate(self.widths):
            before = inputs if level == 0 else self.widths[level - 1]
            self.stages.append(nn.Conv2d(before, channels, 3, stride=2, padding=1))
        self.head = nn.Linear(16 * width, outputs)
        self.norm = norm

    def mask_shapes(self, batch: int, size: int) -> list[tuple[int, ...]]:
        """The shapes of dropout's masks, one after each stage."""
        shapes = []
        for channels in self.widths:
            size = (size + 1) // 2
            shapes.append((batch, channels, size, size))
        return shapes

    def forward(self, x: Tensor, masks: Sequence[Tensor] | None = None) -> Tensor:
        """`masks` as in `PlainGenerator`."""
        for level, stage in enumerate(self.stages):
            x = stage(x)
            if level in (1, 2, 3) and x.shape[-1] > 1:  # a map of one pixel has nothing to be normalised by
                x = self.norm(x)
            x = F.leaky_relu(x, SLOPE)
            x = x * masks[level] if masks is not None else x
        return self.head(x.mean(dim=(2, 3)))
