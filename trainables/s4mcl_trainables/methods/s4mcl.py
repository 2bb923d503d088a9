"""`s4mcl`: the adversarial game with self-supervision, as in the paper; `s4mcl_calm`: with a calmer adversary;
`s4mcl_improved`: what the field has learned since, too."""

from dataclasses import asdict, dataclass, replace

from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.game_components import CALMNESS, REFINEMENTS, SELF_SUPERVISED_GAME, TRANSFORMS
from s4mcl_trainables.methods.game_hyperparameters import GameHyperparameters
from s4mcl_trainables.methods.learner import Problem
from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.run import Run
from s4mcl_trainables.transforms import NAMED_SETS, TransformSet


@dataclass(frozen=True)
class Hyperparameters(GameHyperparameters):
    """The game's, and the transforms that C learns to name (default d4_6: identity, flips, rotations).

    Without self_supervision no image is transformed and nothing is named: this is S2MCL.
    """

    self_supervision: bool = True
    transforms: tuple[str, ...] = NAMED_SETS["d4_6"]

    def __post_init__(self) -> None:
        """Refuse what makes no transform set (InputError); a set has one order, so it has one content key."""
        super().__post_init__()
        object.__setattr__(self, "transforms", TransformSet(self.transforms).names)


PAPER = Hyperparameters()
CALM = replace(PAPER, discriminator_adversarial_weight=0.1, mask_softening=0.1, class_on_predicted=True)
IMPROVED = replace(CALM, consistency=1.0)
BOTH = frozenset({CLASSIFICATION, SEGMENTATION})
METHODS = {
    "s4mcl": Method(
        "s4mcl",
        BOTH,
        PAPER,
        __name__,
        uses_unlabelled=True,
        label="S4MCL",
        components=(*SELF_SUPERVISED_GAME, *TRANSFORMS),
    ),
    "s4mcl_calm": Method(
        "s4mcl_calm",
        BOTH,
        CALM,
        __name__,
        uses_unlabelled=True,
        label="S4MCL, calm",
        components=(*SELF_SUPERVISED_GAME, *CALMNESS, *TRANSFORMS),
    ),
    "s4mcl_improved": Method(
        "s4mcl_improved",
        BOTH,
        IMPROVED,
        __name__,
        uses_unlabelled=True,
        label="S4MCL, improved",
        components=(*SELF_SUPERVISED_GAME, *CALMNESS, *REFINEMENTS, *TRANSFORMS),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> Game:
    """The learner."""
    plain = asdict(given)
    transforms, supervised = TransformSet(plain.pop("transforms")), plain.pop("self_supervision")
    return Game(problem, GameHyperparameters(**plain), transforms if supervised else None)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
