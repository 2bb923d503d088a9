"""A generator whose encoder has a class head: masks and class logits from one pass (MultiMix, Haque et al. 2021)."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.networks.generator import Block, Generator
from s4mcl_trainables.networks.layers import Beside, FirstChannel, initialise

BRIDGED = 2  # channels of the bridge: the image and its saliency map


class SharedEncoder(Generator):
    """Image [B,1,H,W] to [B,structures*H*W + classes] float32: soft masks, then class logits; `parted` takes it apart.

    The class head is a linear layer on the average of the coarsest maps, halved once more, as in MultiMix's code. The
    weights of the generator are those that it has without the head.

    With a `bridge` it is given [B,2,H,W], the image and its saliency map. The encoder sees the image alone; both,
    reduced to the size of the first of the decoder's blocks, go into that beside its maps, as in MultiMix's code.
    """

    def __init__(
        self,
        width: int,
        depth: int,
        dropout: float,
        *,
        classes: int,
        weights: torch.Generator,
        bridge: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(width, depth, dropout, weights=weights, **more)
        self.bridge = bridge
        self.classifier = nn.Linear(width * 2**depth, classes)
        self.joined, self.image = Beside(), FirstChannel()
        initialise(self.classifier, weights)
        if bridge:
            deepest = self.up[0]
            assert isinstance(deepest, Block)
            inputs, outputs = deepest.first.in_channels + BRIDGED, deepest.first.out_channels
            self.up[0] = Block(inputs, outputs, deepest.dropout)
            initialise(self.up[0], weights)

    def forward(self, x: Tensor) -> Tensor:
        """[B,1 or 2,H,W] to [B,structures*H*W + classes]."""
        maps = self.encoded(self.image(x))
        logits = self.scored(maps)
        bridge = None
        if self.bridge:
            size = maps[-2].shape[-2:]
            bridge = F.interpolate(x, size=size, mode="bilinear", align_corners=True).to(self.precision)
        joined: Tensor = self.joined(self.decoded(maps, bridge).flatten(1), logits)
        return joined

    def scored(self, maps: list[Tensor]) -> Tensor:
        """The maps of `encoded` to class logits [B,classes]."""
        deepest = maps[-1] if maps[-1].shape[-1] == 1 else F.max_pool2d(maps[-1], 2)
        logits: Tensor = self.classifier(deepest.float().mean((2, 3)))
        return logits


class ClassScores(nn.Module):
    """The class logits of a `SharedEncoder` alone: image [B,1,H,W] to [B,classes], with the same parameters."""

    def __init__(self, network: SharedEncoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """[B,1,H,W] to [B,classes]."""
        return self.network.scored(self.network.encoded(images))


def parted(joined: Tensor, images: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """What `SharedEncoder` says of images [B,1,H,W] to soft masks [B,structures,H,W] and class logits [B,classes]."""
    return joined[:, :-classes].reshape(len(joined), -1, *images.shape[2:]), joined[:, -classes:]


def saliency(images: Tensor, logits: Tensor) -> Tensor:
    """|d largest logit / d image| [B,1,H,W], of images that ask for their gradient and their class logits [B,classes].

    The saliency map of Simonyan et al. 2014, as MultiMix takes it: absolute, not scaled.
    """
    (gradient,) = torch.autograd.grad(logits.amax(1).sum(), images)
    return gradient.abs()
