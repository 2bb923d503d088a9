"""A method that is looked at, with a dataset and a folder to do so."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s4mcl_trainables.contracts.shapes import write_shapes
from s4mcl_trainables.contracts.small_assignment import small_assignment
from s4mcl_trainables.methods import Method, method_named, start_training
from s4mcl_trainables.training.assignment import Assignment, Ending, Training
from s4mcl_trainables.training.run import Run


class BrokenContractError(AssertionError):
    """A method does not keep to something; the text says to what, what was found, and the cure."""


def require(holds: object, text: str) -> None:
    """Raise a `BrokenContractError` with this text unless it holds."""
    if not holds:
        raise BrokenContractError(text)


@dataclass(frozen=True)
class Case:
    """A method and what the checks need.

    Attributes:
        name: of the method.
        dataset: a prepared dataset (`shapes.write_shapes`) that is only read.
        folder: an empty one, for trials.
        hyperparameters: with which unlabelled images count at once, where the defaults take their time to that.
    """

    name: str
    dataset: Path
    folder: Path
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> Method:
        """The method itself."""
        return method_named(self.name)

    @property
    def learns(self) -> bool:
        """Whether its trials are those of `training.run`, with a learner."""
        return isinstance(self.training("learns"), Run)

    def assignment(self, folder: str, **given: Any) -> Assignment:
        """A trial of a blink with 16x16 images, in a folder of its own."""
        return small_assignment(self.dataset, self.folder / folder, self.name, **given)

    def training(self, folder: str, **given: Any) -> Training:
        """That trial, begun."""
        return start_training(self.assignment(folder, **given))

    def run(self, folder: str, **given: Any) -> Run:
        """The same of a method with a learner.

        Raises:
            BrokenContractError: it has none.
        """
        training = self.training(folder, **given)
        require(isinstance(training, Run), f"start gave {type(training).__name__}. Cure: return a training.run.Run")
        assert isinstance(training, Run)
        return training


def case_of(name: str, folder: Path, **hyperparameters: Any) -> Case:
    """A case with a dataset of its own, below an empty folder."""
    dataset = folder / "shapes"
    return Case(name, dataset if dataset.is_dir() else write_shapes(dataset), folder / "trials", hyperparameters)


def to_the_end(training: Training) -> tuple[list[dict[str, Any]], Ending]:
    """All reports of a trial, and its ending."""
    while (ending := training.advance()) is None:
        pass
    return copy.deepcopy(training.reports), ending
