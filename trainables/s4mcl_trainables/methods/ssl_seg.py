"""`ssl_seg`: the game without classes, S against a real/fake C (the paper's semi-supervised single-task segmentation).

The terms are those of S2MCL without the class loss. SSL4MIS's DAN, to which method.md 10 likens it, shows C predicted
masks alone, of labelled images as real ones; here real masks are true ones, as in the paper's multi-task rows.
"""

from dataclasses import asdict, dataclass

from s4mcl_trainables.losses.generalised_dice import EpsilonMode
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.game_components import UNLABELLED_BRANCH, WEIGHTS
from s4mcl_trainables.methods.game_hyperparameters import GameHyperparameters
from s4mcl_trainables.methods.learner import Problem
from s4mcl_trainables.methods.method import SEGMENTATION, Method
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.run import Run


@dataclass(frozen=True)
class Hyperparameters:
    """Those of the game that do not concern classes; meanings and defaults as there (`methods.game`)."""

    adversarial_weight: float = 0.01
    alpha: float = 1.0
    generator_lr: float = 1e-4
    discriminator_lr: float = 1e-4
    dropout: float = 0.25
    discriminator_adversarial_weight: float = 1.0
    mask_softening: float = 0.0
    hard_masks: bool = False
    order: str = "cs"
    saturating: bool = False
    alpha_ramp: str = "none"
    eps_mode: EpsilonMode = "scaled"

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        self.game()

    def game(self) -> GameHyperparameters:
        """What the game is given."""
        return GameHyperparameters(**asdict(self))


class AdversarialSegmentation(Game):
    """The learner of `ssl_seg`. C has its class outputs still, untrained: at first it is the C of S2MCL."""

    classifies = False

    def __init__(self, problem: Problem, given: Hyperparameters) -> None:
        super().__init__(problem, given.game(), transforms=None)


METHODS = {
    "ssl_seg": Method(
        "ssl_seg",
        frozenset({SEGMENTATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=True,
        label="Adversarial U-Net",
        components=(
            UNLABELLED_BRANCH,
            setting("adversarial_term", "the adversarial terms of both networks", dict.fromkeys(WEIGHTS, 0.0)),
            setting("dropout", "dropout", {"dropout": 0.0}),
        ),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> AdversarialSegmentation:
    """The learner."""
    return AdversarialSegmentation(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
