"""What one trial said of the classes of the test images, read from its predictions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.array_file import AGAIN, array_file
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class ClassScores:
    """Labels and class probabilities of the test images that have a class label, with one seed."""

    seed: int
    labels: NDArray[np.int64]  # [n]
    probabilities: NDArray[np.float64]  # [n,K]

    @property
    def classes(self) -> int:
        """How many there are, K."""
        return int(self.probabilities.shape[1])


def read_class_scores(path: Path, seed: int) -> ClassScores | None:
    """Read a predictions.npz; None where the method names no classes, or no test image has a label.

    Images without a label, or whose probabilities are not finite, are left out.

    Raises:
        InputError: the file cannot be read, or its arrays do not fit together.
    """
    with array_file(path) as file:
        if "class_probabilities" not in file.files:
            return None
        labels, probabilities = file["labels"], file["class_probabilities"]
    _check(path, labels, probabilities)
    used = (labels >= 0) & np.isfinite(probabilities).all(axis=1)
    if not used.any():
        return None
    return ClassScores(seed, labels[used].astype(np.int64), probabilities[used].astype(np.float64))


def _check(path: Path, labels: NDArray[Any], probabilities: NDArray[Any]) -> None:
    """Raise an InputError unless there is a row of probabilities for each label, and a column for each class."""
    fits = labels.ndim == 1 and probabilities.ndim == 2 and len(labels) == len(probabilities)
    fits = fits and labels.dtype.kind in "iu" and probabilities.dtype.kind == "f"
    if not fits or (len(labels) and labels.max() >= probabilities.shape[1]):
        raise InputError(
            f"{path}: labels {labels.shape} and class probabilities {probabilities.shape} were found; [n] labels "
            f"below K and [n,K] probabilities were expected.\nCure: {AGAIN}"
        )
