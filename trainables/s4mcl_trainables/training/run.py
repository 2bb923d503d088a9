"""A run: one trial under way, from its first step to its ending. Reads top to bottom."""

import math
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.data.partition import draw_labels
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.learner import Learner, Problem, learner_state, restore_learner
from s4mcl_trainables.methods.method import Method
from s4mcl_trainables.methods.micro_batch import out_of_memory
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment, Ending
from s4mcl_trainables.training.averaged_weights import AveragedWeights
from s4mcl_trainables.training.batches import Batch, Batches
from s4mcl_trainables.training.checkpoint import first_line, load_checkpoint, save_checkpoint, take_newest
from s4mcl_trainables.training.evaluation import judge, judge_test, predict, score
from s4mcl_trainables.training.fitness import refuse_unfit
from s4mcl_trainables.training.material import material
from s4mcl_trainables.training.predictions import save_predictions
from s4mcl_trainables.training.schedule import rate_factor
from s4mcl_trainables.training.terms import Terms
from s4mcl_trainables.training.whole_file import room

T = TypeVar("T")


class Run:
    """Trains one trial report by report. All that changes is in `state`: a resumed run equals an uninterrupted one."""

    learner: Learner
    batches: Batches
    terms: Terms
    average: AveragedWeights
    iteration: int
    seconds: float
    reports: list[dict[str, Any]]
    best: dict[str, Any] | None
    over: bool  # nothing is left to train
    kept: tuple[int, int] | None  # iteration and number of reports in the last.pt of this attempt

    def __init__(self, method: Method, learner_of: Callable[[Problem, Any], Learner], assignment: Assignment) -> None:
        self.method, self.assignment, self.trial = method, assignment, assignment.trial
        self.settings = self.trial.settings
        device = torch.device(assignment.device)
        self.material = material(
            assignment.dataset, assignment.partition, self.settings.image_size, device, locked=assignment.locked
        )
        refuse_unfit(method, self.material, self.settings)
        problem, given = self._problem(device), method.resolve(self.trial.hyperparameters)
        self.parts = method.parts(self.trial.hyperparameters)
        self.build: Callable[[], Learner] = lambda: learner_of(problem, given)
        self.notes: list[str] = []
        self.saved_at = time.monotonic()
        self._begin()
        if not assignment.trained:
            self._resume()

    def advance(self) -> Ending | None:
        """Train up to the next report, judge, keep the best, save; the ending when the budget is used up."""
        if self.assignment.trained:
            return self._judged_again()
        before = self.reported
        if before < self.settings.iterations and not self.over:  # else nothing is left but the ending
            start = time.perf_counter()
            self.train(self.goal)
            broken = self._report()
            self.seconds += time.perf_counter() - start
            if broken:
                detail = {"step": min(broken.values()), "terms": broken, **self._micro_batch()}
                return Ending("nan", self.iteration, self.seconds, {}, detail=detail)
        self.over = self.over or self.iteration >= self.settings.iterations or self._out_of_patience()
        if self.over:
            return self._completed()
        late = time.monotonic() - self.saved_at > self.assignment.checkpoint_seconds
        if late or self.assignment.keeps(before, self.iteration):
            self.save()
        return None

    @property
    def reported(self) -> int:
        """The iteration of the last report, 0 before the first."""
        return int(self.reports[-1]["iteration"]) if self.reports else 0

    @property
    def goal(self) -> int:
        """The iteration of the next report."""
        return min(self.reported + self.settings.report_every, self.settings.iterations)

    def train(self, until: int) -> None:
        """The loop; nothing is left of it where the run has trained so far with others (`training.joint`)."""
        while self.iteration < until:
            self.stepped(self.learner.step(*self.given()))

    def given(self) -> tuple[Batch, int, float]:
        """What the next step is given: batch, iteration and factor of the learning rates."""
        rate = rate_factor(self.settings.schedule, self.iteration, self.settings.iterations)
        return self.batches.draw(), self.iteration, rate

    def stepped(self, terms: dict[str, Tensor]) -> None:
        """A step was made, and gave these terms."""
        self.iteration += 1
        self.terms.add(terms, self.iteration)
        self.average.follow()

    def save(self) -> None:
        """Write last.pt: everything that changes, the best weights and all reports included.

        Raises:
            NoSpace: the disk is full; the last.pt before is whole.
        """
        reached = self.iteration, len(self.reports)
        if self.kept != reached:  # a trial that is stopped at a rung has been saved there
            save_checkpoint(self.assignment.folder / "last.pt", self.state())
        self.kept, self.saved_at = reached, time.monotonic()

    def state(self) -> dict[str, Any]:
        """Tensors and plain values."""
        return {
            "key": self.assignment.key,
            "iteration": self.iteration,
            "seconds": self.seconds,
            "learner": learner_state(self.learner),
            "batches": self.batches.state(),
            "terms": self.terms.state(),
            "average": self.average.state(),
            "reports": self.reports,
            "best": self.best,
            "micro_batch": self.learner.micro.rows,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        self._require_own(state)
        restore_learner(self.learner, state["learner"])
        self.batches.restore(state["batches"])
        self.terms.restore(state["terms"])
        self.average.restore(state["average"])
        self.iteration, self.seconds = state["iteration"], state["seconds"]
        self.reports, self.best = state["reports"], state["best"]
        self.learner.micro.rows = state["micro_batch"]

    def _begin(self) -> None:
        """The state before the first step."""
        self.learner = self.build()
        self.learner.symmetric = self.parts.symmetric
        self.batches = self.batches_anew()
        self.terms = Terms()
        self.average = AveragedWeights(self.learner, self.parts.ema)
        self.iteration, self.seconds = 0, 0.0
        self.reports, self.best, self.over = [], None, False
        self.kept = None

    def _require_own(self, state: dict[str, Any]) -> None:
        if state["key"] != self.assignment.key:
            raise ValueError(f"a checkpoint of trial {state['key']} was found for trial {self.assignment.key}")

    def _problem(self, device: torch.device) -> Problem:
        return Problem(
            classes=max(2, len(self.material.dataset.classes)),
            structures=self.material.dataset.masks.shape[1],
            width=self.settings.width,
            depth=self.settings.depth,
            iterations=self.settings.iterations,
            seed=self.trial.seed,
            device=device,
            precision=getattr(torch, self.assignment.profile.precision),
        )

    def batches_anew(self) -> Batches:
        """The batches of this trial from the first on."""
        dataset, partition, trial = self.material.dataset, self.material.partition, self.trial
        drawn = draw_labels(dataset, partition, trial.label_fraction, trial.seed, self.method.tasks)
        pool = drawn.unlabelled if self.settings.unlabelled_pool == "remainder" else partition.train
        return Batches(
            self.material.resident,
            drawn.labelled if drawn.joint else drawn.masked,
            pool,
            batch_labelled=self.settings.batch_labelled,
            batch_unlabelled=self.settings.batch_unlabelled,
            seed=trial.seed,
            parts=self.parts,
            classed=None if drawn.joint else drawn.classed,
        )

    def _resume(self) -> None:
        """Go on from the newest checkpoint that can be read.

        An attempt that left best.pt had come to its end, of which nobody may have heard: it is told again.
        """
        folders = (self.assignment.folder, *self.assignment.earlier)
        ways = (("best.pt", self._take_over), ("last.pt", self.restore))
        self.notes += take_newest([(folder / name, take) for folder in folders for name, take in ways], self._begin)

    def _take_over(self, state: dict[str, Any]) -> None:
        """What is left of a trial that has come to its end."""
        self._require_own(state)
        self.iteration, self.seconds = state["iteration"], state["seconds"]
        self.reports, self.best, self.over = state["reports"], state["best"], True
        self.learner.micro.rows = state["micro_batch"]

    def _report(self) -> dict[str, int]:
        """Judge on the validation part and keep the best; the terms that broke, with the first bad step of each."""
        terms, broken = self.terms.take(), self.terms.broken()
        with self.average.in_place():
            metrics = {} if broken else self._in_memory(self._judge_validation)
            value = score(metrics) if metrics else None
            if value is not None and (self.best is None or value > self.best["score"]):
                self.best = {"score": value, "iteration": self.iteration, "metrics": metrics, "weights": self._copied()}
        values = {**{f"val_{name}": found for name, found in metrics.items()}, "val_score": value, **finite(terms)}
        values |= {name: float(rows) for name, rows in self._micro_batch().items()}
        self.reports.append({"iteration": self.iteration, "values": values})
        return broken

    def _copied(self) -> dict[str, dict[str, Tensor]]:
        return {
            name: {key: tensor.detach().clone() for key, tensor in module.state_dict().items()}
            for name, module in self.learner.modules.items()
        }

    def _judge_validation(self) -> dict[str, float]:
        return judge_rows(self.learner, self.material.resident, self.material.partition.validation)

    def _in_memory(self, judged: Callable[[], T]) -> T:
        return self.learner.micro.retried(self.learner.streams, judged)

    def _micro_batch(self) -> dict[str, int]:
        """How many rows the networks take at once, where memory had not room for all."""
        rows = self.learner.micro.rows
        return {} if rows is None else {"micro_batch": rows}

    def _out_of_patience(self) -> bool:
        if self.settings.patience is None or self.best is None:
            return False
        since = (self.iteration - self.best["iteration"]) // self.settings.report_every
        return bool(since >= self.settings.patience)

    def _completed(self) -> Ending:
        best = self.best
        assert best is not None, "a trial without a report cannot be completed"
        folder = self.assignment.folder
        kept = ("key", "iteration", "seconds", "reports", "best", "micro_batch")
        save_checkpoint(folder / "best.pt", {name: self.state()[name] for name in kept})
        test = self._judge_test() if self.assignment.test else None
        for earlier in (folder, *self.assignment.earlier):
            (earlier / "last.pt").unlink(missing_ok=True)
        return Ending("completed", self.iteration, self.seconds, summary_of(best), test, self._micro_batch())

    def _judged_again(self) -> Ending:
        """The trial was trained before: its best checkpoint meets the test part."""
        path = self.assignment.folder / "best.pt"
        if not path.is_file():
            raise InputError(
                f"{path} is not there, and without it trial {self.assignment.key}, which was trained before, cannot be "
                "judged on the test part.\nCure: put the file back, or run the study in a new storage"
            )
        try:
            self._take_over(load_checkpoint(path))
        except Exception as error:  # whatever a damaged file makes torch say
            if out_of_memory(error):
                raise
            raise InputError(
                f"{path} cannot be read: {first_line(error)}.\n"
                "Cure: put the file back, or run the study in a new storage"
            ) from error
        assert self.best is not None
        test = self._judge_test() if self.assignment.test else None
        return Ending("completed", self.iteration, 0.0, summary_of(self.best), test)

    def _judge_test(self) -> dict[str, float | None]:
        if self.assignment.locked:
            raise InputError(
                f"trial {self.assignment.key} was to be judged on the test part of {self.material.dataset.path}, whose "
                "labels a study with test=locked does not read.\nCure: run a study of another name= with test=open"
            )
        assert self.best is not None
        for name, module in self.learner.modules.items():
            module.load_state_dict(self.best["weights"][name])
        resident = self.material.resident
        rows = torch.from_numpy(self.material.partition.test).to(resident.images.device)
        predictions = self._in_memory(lambda: predict(self.learner, resident, rows))
        judged = judge_test(predictions, resident, rows, distances=self.assignment.surface_distances)
        path, groups = self.assignment.folder / "predictions.npz", self.material.dataset.groups
        bits = 0 if predictions.masks is None else predictions.masks.numel()
        with room(path.parent, bits // 4):
            save_predictions(path, predictions, judged, resident, rows, groups=groups)
        return {f"test_{name}": found for name, found in judged.metrics.items()}


def judge_rows(learner: Learner, resident: Resident, rows: NDArray[np.int64]) -> dict[str, float]:
    """Metrics of the learner on dataset rows [n]."""
    on_device = torch.from_numpy(rows).to(resident.images.device)
    return judge(predict(learner, resident, on_device), resident, on_device)


def summary_of(best: dict[str, Any]) -> dict[str, float | None]:
    """The validation metrics at the best iteration, as the ledger holds them."""
    metrics = {f"val_{name}": value for name, value in best["metrics"].items()}
    return {**metrics, "val_score": best["score"], "best_iteration": best["iteration"]}


def finite(values: dict[str, float]) -> dict[str, float | None]:
    """None in place of what is not finite, since JSON has no NaN."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
