"""`cnn`: the discriminator's trunk on the image alone, cross entropy (the paper's single-task classification)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.method import CLASSIFICATION, Method, check_values, in_range
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.work import Descent, Part, Pass, Work
from s4mcl_trainables.networks.discriminator import Discriminator
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run


@dataclass(frozen=True)
class Hyperparameters:
    """Defaults of the paper's group (method.md 6)."""

    discriminator_lr: float = 1e-4
    dropout: float = 0.25

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        rules = {"discriminator_lr": in_range(self.discriminator_lr, 0, 1), "dropout": in_range(self.dropout, 0, 0.95)}
        check_values("cnn", rules)


class CNN(Learner):
    """The learner of `cnn`."""

    def __init__(self, problem: Problem, hyperparameters: Hyperparameters) -> None:
        self.given = hyperparameters
        self.micro = MicroBatch()
        self.streams = {"discriminator dropout": problem.stream("discriminator dropout", on_device=True)}
        self.network = Discriminator.of(
            problem, 1, problem.classes, hyperparameters.dropout, masks=self.streams["discriminator dropout"]
        )
        self.modules: dict[str, nn.Module] = {"network": self.network}
        self.optimisers = {"network": adam(self.network, hyperparameters.discriminator_lr)}

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step of cross entropy on the labelled images."""
        yield partial(self._descend, batch, rate)

    def _descend(self, batch: Batch, rate: float) -> Work:
        logits = yield Pass(self.network, batch.images)
        loss = F.cross_entropy(logits, batch.classes)
        yield Descent(self.optimisers["network"], loss, rate * self.given.discriminator_lr)
        return {"loss/class_real": loss.detach()}

    def predict(self, images: Tensor) -> Prediction:
        """Class logits alone."""
        return Prediction(None, self.micro.through(self.network, images))


METHODS = {
    "cnn": Method(
        "cnn",
        frozenset({CLASSIFICATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=False,
        label="CNN",
        components=(setting("dropout", "dropout", {"dropout": 0.0}),),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> CNN:
    """The learner."""
    return CNN(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
