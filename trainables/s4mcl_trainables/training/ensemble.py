"""Several learners as one network that needs nothing beside it: grey values in, masks and class probabilities out."""

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from s4mcl_trainables.data.resident import DEVIATION_FLOOR
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.training.predictor import averaged
from s4mcl_trainables.training.symmetries import said_at_once


class Undivided(MicroBatch):
    """Networks take all rows at once, whatever their number: an exported graph has one way through."""

    def through(self, network: nn.Module, x: Tensor) -> Tensor:
        """network(x)."""
        return cast("Tensor", network(x))


class Ensemble(nn.Module):
    """Grey values [B,1,H,W] float32 of any range to the means of soft masks [B,M,H,W] and class probabilities [B,K].

    A task that the learners lack is left out.
    """

    def __init__(self, learners: Sequence[Learner]) -> None:
        super().__init__()
        self.members = nn.ModuleList(nn.ModuleDict(learner.modules) for learner in learners)
        self.learners = tuple(learners)
        for learner in learners:
            learner.micro = Undivided()
        self.eval()

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Normalise each image, ask every learner, take the means."""
        normal = normalised(images)
        means = averaged([said_at_once(learner, normal) for learner in self.learners])
        return tuple(mean for mean in means if mean is not None)


def normalised(images: Tensor) -> Tensor:
    """[B,1,H,W] to the same with mean 0 and deviation 1 each, as `data.resident` does it; a constant image to zeros.

    Counted from the first pixel, so that float32 is exact enough for a bright image with little contrast.
    """
    shifted = images.float() - images[:, :, :1, :1].float()
    centred = shifted - shifted.mean((1, 2, 3), keepdim=True)
    deviation = (centred * centred).mean((1, 2, 3), keepdim=True).sqrt()
    return centred / deviation.clamp(min=DEVIATION_FLOOR)
