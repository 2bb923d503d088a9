"""The method `curves`: its score is that of the published learning curves of stub_curves.py, and nothing is trained.

Searchers and early stopping are measured on it. It is found through the environment, torch is not imported:

    PYTHONPATH=tests/benchmarks S4MCL_METHODS=curves=curves_method s4mcl run methods=[curves] ...

The curves lie beside the repository (../shared/stub_curves.py), or where S4MCL_STUB_CURVES says.
"""

import importlib.util
import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method, check_values, in_range, not_negative
from s4mcl_trainables.methods.stub import Stub
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment

PLACE = Path(__file__).parents[3] / "shared" / "stub_curves.py"
AXES = tuple(f"x{index}" for index in range(6))


@cache
def stub_curves() -> ModuleType:
    """The module of the curves, as it lies there.

    Raises:
        InputError: it is not there.
    """
    path = Path(os.environ.get("S4MCL_STUB_CURVES", PLACE))
    spec = importlib.util.spec_from_file_location("stub_curves", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"{path} with the learning curves is not there.\nCure: name it in S4MCL_STUB_CURVES")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Hyperparameters:
    """A point in the unit cube; `seconds` of simulated work a trial, slept in equal parts, one a report.

    The default is a poor point, so that the first proposal is no help to a search.
    """

    x0: float = 0.0
    x1: float = 0.0
    x2: float = 0.0
    x3: float = 0.0
    x4: float = 0.0
    x5: float = 0.0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what lies outside the cube (InputError)."""
        rules = {axis: in_range(getattr(self, axis), 0, 1) for axis in AXES}
        check_values("curves", {**rules, "seconds": not_negative(self.seconds)})


class Curves(Stub):
    """A training whose score lies on its curve; the last one counts, since the noise shrinks."""

    def __init__(self, given: Hyperparameters, assignment: Assignment) -> None:
        most = int(stub_curves().MAX_ITERATIONS)
        if assignment.trial.settings.iterations > most:
            raise InputError(
                f"method curves has {most} iterations, {assignment.trial.settings.iterations} were asked for.\n"
                f"Cure: budget.iterations={most} or less"
            )
        super().__init__(given, assignment)

    def work(self) -> None:
        """Sleep this report's part of the trial's seconds."""
        settings = self.trial.settings
        part = self.given.seconds / -(-settings.iterations // settings.report_every)
        time.sleep(part)
        self.seconds += part

    def metrics(self) -> dict[str, float]:
        """The score on the curve, under the names that a method of both tasks gives."""
        point = tuple(getattr(self.given, axis) for axis in AXES)
        value = stub_curves().score(point, self.iteration, self.trial.seed)
        return dict.fromkeys(("val_accuracy", "val_balanced_accuracy", "val_dice", "val_score"), value)

    def _first_bad(self) -> int:
        return self.iteration


METHODS: dict[str, Method] = {
    "curves": Method(
        "curves",
        frozenset({CLASSIFICATION, SEGMENTATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=False,
        label="Curves",
        generic=None,
    )
}


def start(method: Method, assignment: Assignment) -> Any:
    """Begin a trial."""
    return Curves(method.resolve(assignment.trial.hyperparameters), assignment)
