"""A generator whose encoder has a class head: masks and class logits from one pass (MultiMix, Haque et al. 2021)."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.networks.generator import Generator
from s4mcl_trainables.networks.layers import Beside, initialise


class SharedEncoder(Generator):
    """Image [B,1,H,W] to [B,structures*H*W + classes] float32: soft masks, then class logits; `parted` takes it apart.

    The class head is a linear layer on the average of the coarsest maps, halved once more, as in MultiMix's code. The
    weights of the generator are those that it has without the head.
    """

    def __init__(
        self, width: int, depth: int, dropout: float, *, classes: int, weights: torch.Generator, **more: Any
    ) -> None:
        super().__init__(width, depth, dropout, weights=weights, **more)
        self.classifier = nn.Linear(width * 2**depth, classes)
        self.joined = Beside()
        initialise(self.classifier, weights)

    def forward(self, images: Tensor) -> Tensor:
        """[B,1,H,W] to [B,structures*H*W + classes]."""
        maps = self.encoded(images)
        deepest = maps[-1] if maps[-1].shape[-1] == 1 else F.max_pool2d(maps[-1], 2)
        logits = self.classifier(deepest.float().mean((2, 3)))
        joined: Tensor = self.joined(self.decoded(maps).flatten(1), logits)
        return joined


def parted(joined: Tensor, images: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """What `SharedEncoder` says of images [B,1,H,W] to soft masks [B,structures,H,W] and class logits [B,classes]."""
    return joined[:, :-classes].reshape(len(joined), -1, *images.shape[2:]), joined[:, -classes:]
