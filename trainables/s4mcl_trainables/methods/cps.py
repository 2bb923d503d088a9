"""`cps`: two generators of different first weights, each taught by the other's hard masks (Chen et al. 2021).

Numbers of SSL4MIS's script for two dimensions: the cross entropy stands on unlabelled images alone, with a weight that
grows to 0.1 over the whole budget, where the paper has 1.5 on both kinds of images. Labelled loss and optimiser are
those of every method here. The first generator makes the predictions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.losses.consistency import ramp_up
from s4mcl_trainables.losses.generalised_dice import EpsilonMode, generalised_dice_loss
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.method import SEGMENTATION, Method, check_values, in_range, not_negative, one_of
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.work import Descent, Part, Pass, Work
from s4mcl_trainables.networks.generator import Generator
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run


@dataclass(frozen=True)
class Hyperparameters:
    """generator_lr, dropout, eps_mode as in `unet`, for both generators.

    consistency: weight of the cross pseudo supervision at the end of its ramp (0.1); ramp_up: share of the budget after
    which it is whole (1).
    """

    generator_lr: float = 1e-4
    dropout: float = 0.25
    consistency: float = 0.1
    ramp_up: float = 1.0
    eps_mode: EpsilonMode = "scaled"

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        rules = {
            "generator_lr": in_range(self.generator_lr, 0, 1),
            "dropout": in_range(self.dropout, 0, 0.95),
            "consistency": not_negative(self.consistency),
            "ramp_up": in_range(self.ramp_up, 0, 1),
            "eps_mode": one_of(self.eps_mode, ("scaled", "monai")),
        }
        check_values("cps", rules)


class CrossPseudoSupervision(Learner):
    """The learner of `cps`. One optimiser moves both generators: Adam treats each weight by itself."""

    def __init__(self, problem: Problem, given: Hyperparameters) -> None:
        self.given, self.problem = given, problem
        self.micro = MicroBatch()
        names = ("generator", "second generator")
        self.streams = {f"{name} dropout": problem.stream(f"{name} dropout", on_device=True) for name in names}
        self.generator, self.second = (self._network(name) for name in names)
        self.modules: dict[str, nn.Module] = {"generator": self.generator, "second generator": self.second}
        both = nn.ModuleList([self.generator, self.second])
        self.optimisers = {"generators": adam(both, given.generator_lr)}

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step of both generators."""
        yield partial(self._descend, batch, iteration, rate)

    def _descend(self, batch: Batch, iteration: int, rate: float) -> Work:
        given, n = self.given, len(batch.images)
        weight = given.consistency * ramp_up(iteration, given.ramp_up * self.problem.iterations)
        unlabelled = batch.resident.take(batch.unlabelled) if weight else batch.images[:0]
        images = torch.cat([batch.images, unlabelled])
        first = yield Pass(self.generator, images)
        second = yield Pass(self.second, images)
        terms = {
            "loss/generalised_dice": generalised_dice_loss(first[:n], batch.masks, given.eps_mode),
            "loss/generalised_dice_second": generalised_dice_loss(second[:n], batch.masks, given.eps_mode),
        }
        loss = terms["loss/generalised_dice"] + terms["loss/generalised_dice_second"]
        if len(unlabelled):
            terms["loss/pseudo_supervision"] = pseudo_loss(first[n:], second[n:])
            terms["loss/pseudo_supervision_second"] = pseudo_loss(second[n:], first[n:])
            crosswise = terms["loss/pseudo_supervision"] + terms["loss/pseudo_supervision_second"]
            loss = loss + weight * crosswise
        yield Descent(self.optimisers["generators"], loss, rate * given.generator_lr)
        terms["loss/generator"] = loss
        return {name: term.detach() for name, term in terms.items()}

    def predict(self, images: Tensor) -> Prediction:
        """Soft masks of the first generator alone."""
        return Prediction(self.micro.through(self.generator, images), None)

    def _network(self, name: str) -> Generator:
        return Generator.of(
            self.problem, self.given.dropout, masks=self.streams[f"{name} dropout"], weights=f"{name} weights"
        )


def pseudo_loss(masks: Tensor, other: Tensor) -> Tensor:
    """Cross entropy of soft masks [B,M,H,W] against the other's, cut at one half; no gradient reaches the other."""
    return F.binary_cross_entropy(masks, (other.detach() > 0.5).to(masks.dtype))


METHODS = {
    "cps": Method(
        "cps",
        frozenset({SEGMENTATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=True,
        label="CPS",
        components=(
            setting("pseudo_supervision", "learning from the other generator's masks", {"consistency": 0.0}),
            setting("dropout", "dropout", {"dropout": 0.0}),
        ),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> CrossPseudoSupervision:
    """The learner."""
    return CrossPseudoSupervision(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
