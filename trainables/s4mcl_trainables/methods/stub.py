"""`stub`: trains nothing, in a millisecond, without torch. Overhead, resuming and searching are tested with it.

Its score is a smooth bowl over six hyperparameters that rises with the iterations. Its checkpoint, last.json, holds the
iteration and all reports, as last.pt does for what trains.
"""

import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method
from s4mcl_trainables.training.assignment import Assignment, Ending
from s4mcl_trainables.training.whole_file import whole_file

CHECKPOINT = "last.json"
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
    """A training that only counts. What it counts is for its heirs to say: `metrics` and `work`."""

    def __init__(self, given: Any, assignment: Assignment) -> None:
        self.given, self.trial = given, assignment.trial
        self.assignment = assignment
        self.iteration = 0
        self.seconds = 0.001
        self.reports: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.kept: int | None = None  # the iteration of this attempt's checkpoint
        if not assignment.trained:
            self._resume()

    def advance(self) -> Ending | None:
        """Count up to the next report."""
        settings, before = self.trial.settings, self.iteration
        if self.assignment.trained:
            self.iteration = settings.iterations
            return self._completed(self.metrics())
        if before < settings.iterations:  # else nothing is left but the ending
            self.work()
            self.iteration = min(before + settings.report_every, settings.iterations)
            broken = self._report()
            if broken:
                return Ending("nan", self.iteration, self.seconds, {}, detail=broken)
        if self.iteration >= settings.iterations:
            return self._completed(self.metrics())
        if self.assignment.keeps(before, self.iteration):
            self.save()
        return None

    def save(self) -> None:
        """Write last.json: how far it has come, and all reports."""
        reached = {"key": self.assignment.key, "iteration": self.iteration, "seconds": self.seconds}
        state = {**reached, "reports": self.reports}
        text = json.dumps(state, allow_nan=False).encode()
        if self.kept != self.iteration:
            with whole_file(self.assignment.folder / CHECKPOINT, len(text)) as file:
                file.write(text)
        self.kept = self.iteration

    def work(self) -> None:
        """What a report takes."""
        if self.given.milliseconds:  # even sleeping for no time gives the processor away
            time.sleep(self.given.milliseconds / 1000)

    def metrics(self) -> dict[str, float]:
        """Validation metrics at `iteration`; a score that is not finite ends the trial."""
        value = math.nan if 0 < self.given.fail_at <= self.iteration else self._value()
        return dict.fromkeys(("val_accuracy", "val_balanced_accuracy", "val_dice", "val_score"), value)

    def _report(self) -> dict[str, Any]:
        """Append a report; what broke in it, as an ending's detail."""
        metrics = self.metrics()
        if not math.isfinite(metrics["val_score"]):
            self.reports.append({"iteration": self.iteration, "values": {"val_score": None, "loss/stub": None}})
            first = self._first_bad()
            return {"step": first, "terms": {"loss/stub": first}}
        self.reports.append({"iteration": self.iteration, "values": {**metrics, "loss/stub": 1 - metrics["val_score"]}})
        return {}

    def _first_bad(self) -> int:
        return int(self.given.fail_at)

    def _resume(self) -> None:
        """Go on from the newest checkpoint that can be read; the others are noted."""
        for folder in (self.assignment.folder, *self.assignment.earlier):
            path = folder / CHECKPOINT
            if not path.is_file():
                continue
            try:
                self.iteration, self.seconds, self.reports = _read(path, self.assignment.key)
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.notes.append(f"{path} cannot be gone on from: {error}")
            else:
                return

    def _completed(self, metrics: dict[str, float]) -> Ending:
        test: dict[str, float | None] | None = None
        if self.assignment.test:
            test = {name.replace("val_", "test_"): found for name, found in metrics.items() if name != "val_score"}
            if self.assignment.surface_distances:
                test |= {"test_hd95": 20 * (1 - metrics["val_dice"]), "test_assd": 5 * (1 - metrics["val_dice"])}
        for folder in (self.assignment.folder, *self.assignment.earlier):
            (folder / CHECKPOINT).unlink(missing_ok=True)
        return Ending("completed", self.iteration, self.seconds, {**metrics, "best_iteration": self.iteration}, test)

    def _value(self) -> float:
        point = [getattr(self.given, f"x{index}") for index in range(len(PLACES))]
        bowl = sum((x - place) ** 2 for x, place in zip(point, PLACES, strict=True)) / len(PLACES)
        text = f"{self.trial.seed}/{self.trial.label_fraction}/{self.iteration}".encode()
        noise = int.from_bytes(hashlib.sha256(text).digest()[:2], "big") / 65535
        late = self.iteration / (self.iteration + self.trial.settings.iterations / 4)
        return float(max(0.0, min(1.0, (0.9 - bowl) * late + 0.02 * noise)))


def _read(path: Path, key: str) -> tuple[int, float, list[dict[str, Any]]]:
    state = json.loads(path.read_text(encoding="utf-8"))
    if state["key"] != key:
        raise ValueError(f"it is of trial {state['key']}, not of {key}")
    return int(state["iteration"]), float(state["seconds"]), list(state["reports"])


BOTH = frozenset({CLASSIFICATION, SEGMENTATION})
COMPONENTS = tuple(setting(f"part{axis}", f"coordinate x{axis}", {f"x{axis}": 0.0}) for axis in range(6))
METHODS = {
    "stub": Method(
        "stub",
        BOTH,
        Hyperparameters(),
        __name__,
        uses_unlabelled=False,
        label="Stub",
        components=COMPONENTS,
        generic=None,
    )
}


def start(method: Method, assignment: Assignment) -> Stub:
    """Begin a trial."""
    return Stub(method.resolve(assignment.trial.hyperparameters), assignment)
