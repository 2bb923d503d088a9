"""`ssl_cls`: classes and the transforms of unlabelled images, named from the image alone by one trunk.

The paper's semi-supervised single-task classification: SESEMI (Tran 2019) with C's trunk, so S4MCL without its game.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.method import CLASSIFICATION, Method, check_values, in_range, not_negative
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.work import Descent, Part, Pass, Work
from s4mcl_trainables.networks.discriminator import Discriminator
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run
from s4mcl_trainables.transforms import NAMED_SETS, TransformSet


@dataclass(frozen=True)
class Hyperparameters:
    """SESEMI's weight of the surrogate loss (1) and six surrogate classes; the rest are defaults of `cnn`."""

    alpha: float = 1.0
    transforms: tuple[str, ...] = NAMED_SETS["d4_6"]
    discriminator_lr: float = 1e-4
    dropout: float = 0.25

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError); a transform set has one order."""
        rules = {
            "alpha": not_negative(self.alpha),
            "discriminator_lr": in_range(self.discriminator_lr, 0, 1),
            "dropout": in_range(self.dropout, 0, 0.95),
        }
        check_values("ssl_cls", rules)
        object.__setattr__(self, "transforms", TransformSet(self.transforms).names)


class SelfSupervisedCNN(Learner):
    """The learner of `ssl_cls`; the network has K class logits, then T surrogate logits."""

    def __init__(self, problem: Problem, given: Hyperparameters) -> None:
        self.given, self.classes = given, problem.classes
        self.transforms = TransformSet(given.transforms)
        self.micro = MicroBatch()
        names = ("discriminator dropout", "transforms")
        self.streams = {name: problem.stream(name, on_device=True) for name in names}
        self.network = Discriminator.of(
            problem,
            1,
            problem.classes + len(self.transforms),
            given.dropout,
            masks=self.streams["discriminator dropout"],
        )
        self.modules: dict[str, nn.Module] = {"network": self.network}
        self.optimisers = {"network": adam(self.network, given.discriminator_lr)}

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step of cross entropy on the labelled and, by their transforms, on the unlabelled images."""
        yield partial(self._descend, batch, rate)

    def _descend(self, batch: Batch, rate: float) -> Work:
        n = len(batch.images)
        unlabelled, tau = self._transformed(batch) if self.given.alpha else (batch.images[:0], batch.classes[:0])
        raw = yield Pass(self.network, torch.cat([batch.images, unlabelled]))
        terms = {"loss/class_real": F.cross_entropy(raw[:n, : self.classes], batch.classes)}
        loss = terms["loss/class_real"]
        if len(unlabelled):
            named = raw[n:, self.classes :]
            terms["loss/surrogate"] = F.cross_entropy(named, tau)
            terms["discriminator/surrogate_accuracy"] = (named.argmax(1) == tau).float().mean()
            loss = loss + self.given.alpha * terms["loss/surrogate"]
        yield Descent(self.optimisers["network"], loss, rate * self.given.discriminator_lr)
        terms["loss/discriminator"] = loss
        return {name: term.detach() for name, term in terms.items()}

    def _transformed(self, batch: Batch) -> tuple[Tensor, Tensor]:
        rows, draws = batch.unlabelled, self.streams["transforms"]
        tau = torch.randint(len(self.transforms), (len(rows),), generator=draws, device=rows.device)
        return batch.resident.take_transformed(rows, self.transforms, tau), tau

    def predict(self, images: Tensor) -> Prediction:
        """Class logits alone."""
        return Prediction(None, self.micro.through(self.network, images)[:, : self.classes])


METHODS = {
    "ssl_cls": Method(
        "ssl_cls",
        frozenset({CLASSIFICATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=True,
        label="Self-supervised CNN",
        components=(
            setting("self_supervision", "naming the transforms of unlabelled images", {"alpha": 0.0}),
            setting("dropout", "dropout", {"dropout": 0.0}),
        ),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> SelfSupervisedCNN:
    """The learner."""
    return SelfSupervisedCNN(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
