"""`ua_mt`: Mean Teacher whose consistency counts where the teacher is certain (Yu et al. 2019).

The teacher sees each unlabelled image under T draws of noise and dropout; where the entropy of the mean of its
probabilities is below a threshold that rises from 3/4 of log 2 towards log 2, it is believed. Numbers of SSL4MIS.
"""

import math
from dataclasses import dataclass

from torch import Tensor

from s4mcl_trainables.losses.consistency import binary_entropy, mean_square_where, ramp_up
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Problem
from s4mcl_trainables.methods.method import SEGMENTATION, Method, in_range
from s4mcl_trainables.methods.teacher import COMPONENTS, Taught, TeacherHyperparameters
from s4mcl_trainables.methods.work import Asking, Pass, Terms
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.run import Run


@dataclass(frozen=True)
class Hyperparameters(TeacherHyperparameters):
    """Those of Mean Teacher, T = `passes` (8; 0: the teacher is believed everywhere), and `certainty`.

    certainty: the threshold of the entropy at the start, as a share of log 2 (0.75); it rises to log 2 by the same ramp
    as the consistency, over the whole budget.
    """

    passes: int = 8
    certainty: float = 0.75

    def rules(self) -> dict[str, tuple[bool, str]]:
        """Rules for `check_values`."""
        passes = (0 <= self.passes <= 64, f"expected 0 to 64, found {self.passes}")
        return {**super().rules(), "passes": passes, "certainty": in_range(self.certainty, 0, 1)}


def threshold(certainty: float, iteration: int, iterations: int) -> float:
    """(certainty + (1 - certainty) ramp) log 2, in nats: from about 0.75 log 2 to log 2."""
    return (certainty + (1 - certainty) * ramp_up(iteration, iterations)) * math.log(2)


class UncertaintyAware(Taught):
    """The learner of `ua_mt`."""

    given: Hyperparameters

    def consistency(self, masks: Tensor, unlabelled: Tensor, iteration: int) -> Asking[Terms]:
        """The consistency where the teacher is certain, and the share of such pixels."""
        passes, n = self.given.passes, len(unlabelled)
        if not passes:
            return (yield from super().consistency(masks, unlabelled, iteration))
        seen = self.noisy(unlabelled.repeat(1 + passes, 1, 1, 1))
        taught = yield Pass(self.teacher, seen, graph=False)  # the target first, then T draws
        mean = taught[n:].view(passes, *masks.shape).mean(0)
        most = threshold(self.given.certainty, iteration, self.problem.iterations)
        certain = binary_entropy(mean) < most
        return {
            "loss/consistency": mean_square_where(certain, masks, taught[:n]),
            "teacher/certain": certain.float().mean(),
        }


METHODS = {
    "ua_mt": Method(
        "ua_mt",
        frozenset({SEGMENTATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=True,
        label="UA-MT",
        components=(
            *COMPONENTS,
            setting("uncertainty", "the mask of the teacher's certainty", {"passes": 0}, needs=("consistency",)),
        ),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> UncertaintyAware:
    """The learner."""
    return UncertaintyAware(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
