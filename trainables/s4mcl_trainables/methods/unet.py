"""`unet`: the generator alone, generalised Dice on the labelled images (the paper's single-task segmentation)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from s4mcl_trainables.losses.generalised_dice import EpsilonMode, generalised_dice_loss
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.method import SEGMENTATION, Method, check_values, in_range, one_of
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.work import Descent, Part, Pass, Work
from s4mcl_trainables.networks.generator import Generator
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run


@dataclass(frozen=True)
class Hyperparameters:
    """Defaults of the paper's group (method.md 6)."""

    generator_lr: float = 1e-4
    dropout: float = 0.25
    eps_mode: EpsilonMode = "scaled"

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        rules = {
            "generator_lr": in_range(self.generator_lr, 0, 1),
            "dropout": in_range(self.dropout, 0, 0.95),
            "eps_mode": one_of(self.eps_mode, ("scaled", "monai")),
        }
        check_values("unet", rules)


class UNet(Learner):
    """The learner of `unet`."""

    def __init__(self, problem: Problem, hyperparameters: Hyperparameters) -> None:
        self.given = hyperparameters
        self.micro = MicroBatch()
        self.streams = {"generator dropout": problem.stream("generator dropout", on_device=True)}
        self.generator = Generator.of(problem, hyperparameters.dropout, masks=self.streams["generator dropout"])
        self.modules: dict[str, nn.Module] = {"generator": self.generator}
        self.optimisers = {"generator": adam(self.generator, hyperparameters.generator_lr)}

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step of generalised Dice on the labelled images."""
        yield partial(self._descend, batch, rate)

    def _descend(self, batch: Batch, rate: float) -> Work:
        masks = yield Pass(self.generator, batch.images)
        loss = generalised_dice_loss(masks, batch.masks, self.given.eps_mode)
        yield Descent(self.optimisers["generator"], loss, rate * self.given.generator_lr)
        return {"loss/generalised_dice": loss.detach(), "loss/generator": loss.detach()}

    def predict(self, images: Tensor) -> Prediction:
        """Soft masks alone."""
        return Prediction(self.micro.through(self.generator, images), None)


METHODS = {
    "unet": Method(
        "unet",
        frozenset({SEGMENTATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=False,
        label="U-Net",
        components=(setting("dropout", "dropout", {"dropout": 0.0}),),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> UNet:
    """The learner."""
    return UNet(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
