"""`mtl`: both tasks from labelled images, S by generalised Dice, C by cross entropy, no adversary (method.md 10)."""

from dataclasses import asdict, dataclass

from torch import Tensor

from s4mcl_trainables.losses.generalised_dice import EpsilonMode
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.game_components import MASK_INPUT
from s4mcl_trainables.methods.game_hyperparameters import GameHyperparameters
from s4mcl_trainables.methods.learner import Problem
from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method
from s4mcl_trainables.methods.work import Terms
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run


@dataclass(frozen=True)
class Hyperparameters:
    """Those of the game that are left without its adversary (`methods.game`); defaults of the paper's group.

    The class loss stands on true and on predicted masks, since predicted ones are all that C has at test.
    """

    generator_lr: float = 1e-4
    discriminator_lr: float = 1e-4
    dropout: float = 0.25
    class_on_predicted: bool = True
    mask_input: bool = True
    eps_mode: EpsilonMode = "scaled"

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        self.game()

    def game(self) -> GameHyperparameters:
        """The game without adversary and without unlabelled images."""
        return GameHyperparameters(
            adversarial_weight=0.0,
            discriminator_adversarial_weight=0.0,
            alpha=0.0,
            adversarial_on_labelled=False,
            **asdict(self),
        )


class MultiTask(Game):
    """The learner of `mtl`."""

    def __init__(self, problem: Problem, given: Hyperparameters) -> None:
        super().__init__(problem, given.game(), transforms=None)

    def _watch(self, raw: Tensor, batch: Batch, tau: Tensor) -> Terms:
        return {}  # nothing tells true from predicted masks


METHODS = {
    "mtl": Method(
        "mtl",
        frozenset({CLASSIFICATION, SEGMENTATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=False,
        label="Multi-task",
        components=(
            setting("class_on_predicted", "the class loss on predicted masks", {"class_on_predicted": False}),
            MASK_INPUT,
            setting("dropout", "dropout", {"dropout": 0.0}),
        ),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> MultiTask:
    """The learner."""
    return MultiTask(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
