"""`s2mcl`: S4MCL without self-supervision; `s2mcl_k1`: the same with one softmax over K real classes and a fake one."""

from dataclasses import replace

from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.game_components import GAME
from s4mcl_trainables.methods.game_hyperparameters import GameHyperparameters
from s4mcl_trainables.methods.learner import Problem
from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.run import Run

PAPER = GameHyperparameters()
BOTH = frozenset({CLASSIFICATION, SEGMENTATION})
METHODS = {
    "s2mcl": Method("s2mcl", BOTH, PAPER, __name__, uses_unlabelled=True, label="S2MCL", components=GAME),
    "s2mcl_k1": Method(
        "s2mcl_k1",
        BOTH,
        replace(PAPER, layout="joint"),
        __name__,
        uses_unlabelled=True,
        label="S2MCL, K+1 softmax",
        components=GAME,
    ),
}


def build(problem: Problem, given: GameHyperparameters) -> Game:
    """The learner."""
    return Game(problem, given, transforms=None)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
