"""`stub`: trains nothing, in a millisecond, without torch. Overhead, resuming and searching are tested with it.

Its score is a smooth bowl over six hyperparameters that rises with the iterations.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method
from s4mcl_trainables.training.assignment import Assignment, Ending

PLACES = (0.72, 0.31, 0.55, 0.18, 0.6, 0.5)


@dataclass(frozen=True)
class Hyperparameters:
    """A point in the unit cube; `milliseconds` of sleep a report; `fail_at`: the iteration that turns NaN (0: none)."""

    x0: float = 0.5
    x1: float = 0.5
    x2: float = 0.5
    x3: float = 0.5
    x4: float = 0.5
    x5: float = 0.5
    milliseconds: float = 0.0
    fail_at: int = 0


class Stub:
    """A training that only counts."""

    def __init__(self, given: Hyperparameters, assignment: Assignment) -> None:
        self.given, self.trial = given, assignment.trial
        self.assignment = assignment
        self.iteration = 0
        self.reports: list[dict[str, Any]] = []

    def advance(self) -> Ending | None:
        """Count up to the next report."""
        settings = self.trial.settings
        if self.assignment.trained:
            self.iteration = settings.iterations
            return self._completed(self._metrics())
        time.sleep(self.given.milliseconds / 1000)
        self.iteration = min(self.iteration + settings.report_every, settings.iterations)
        if 0 < self.given.fail_at <= self.iteration:
            detail = {"step": self.given.fail_at, "terms": {"loss/stub": self.given.fail_at}}
            self.reports.append({"iteration": self.iteration, "values": {"val_score": None, "loss/stub": None}})
            return Ending("nan", self.iteration, 0.001, {}, detail=detail)
        metrics = self._metrics()
        self.reports.append({"iteration": self.iteration, "values": {**metrics, "loss/stub": 1 - metrics["val_score"]}})
        return self._completed(metrics) if self.iteration >= settings.iterations else None

    def save(self) -> None:
        """There is nothing worth keeping."""

    def _metrics(self) -> dict[str, float]:
        return dict.fromkeys(("val_accuracy", "val_balanced_accuracy", "val_dice", "val_score"), self._value())

    def _completed(self, metrics: dict[str, float]) -> Ending:
        test: dict[str, float | None] | None = None
        if self.assignment.test:
            test = {name.replace("val_", "test_"): found for name, found in metrics.items() if name != "val_score"}
        return Ending("completed", self.iteration, 0.001, {**metrics, "best_iteration": self.iteration}, test)

    def _value(self) -> float:
        point = [getattr(self.given, f"x{index}") for index in range(len(PLACES))]
        bowl = sum((x - place) ** 2 for x, place in zip(point, PLACES, strict=True)) / len(PLACES)
        text = f"{self.trial.seed}/{self.trial.label_fraction}/{self.iteration}".encode()
        noise = int.from_bytes(hashlib.sha256(text).digest()[:2], "big") / 65535
        late = self.iteration / (self.iteration + self.trial.settings.iterations / 4)
        return float(max(0.0, min(1.0, (0.9 - bowl) * late + 0.02 * noise)))


BOTH = frozenset({CLASSIFICATION, SEGMENTATION})
METHODS = {"stub": Method("stub", BOTH, Hyperparameters(), __name__, uses_unlabelled=False, label="Stub")}


def start(method: Method, assignment: Assignment) -> Stub:
    """Begin a trial."""
    return Stub(method.resolve(assignment.trial.hyperparameters), assignment)
