"""Runs that train as one program from report to report, and how long a step of so many takes."""

import statistics
import time
from collections.abc import Iterable, Sequence

import torch

from s4mcl_trainables.methods.micro_batch import out_of_memory
from s4mcl_trainables.methods.together import Together
from s4mcl_trainables.training.run import Run

STEPS = 3  # timed, after one that is not
WORTH = 1.1  # how much less time a trial must take for a pack of twice the size to be tried


class Joint:
    """Trains runs together. Between two reports each is a run of its own, so members come and go.

    Attributes:
        most: how many trials memory has room for at once; None: as many as there are.
    """

    def __init__(self) -> None:
        self.most: int | None = None

    def to_next_report(self, runs: Sequence[Run]) -> None:
        """Train each to its next report, which `Run.advance` then makes. All have made as many iterations.

        Raises:
            Exception: whatever a step raises. The runs are then at no common step, and go on from their checkpoints.
        """
        size = self.most or len(runs)
        for first in range(0, len(runs), size):
            self._train(runs[first : first + size])

    def _train(self, runs: Sequence[Run]) -> None:
        start = time.perf_counter()
        together = Together([run.learner for run in runs])
        while runs[0].iteration < runs[0].goal and not together.crowded:
            for run, terms in zip(runs, together.step([run.given() for run in runs]), strict=True):
                run.stepped(terms)
        together.dissolve()
        for run in runs:
            run.seconds += time.perf_counter() - start
        if together.crowded and len(runs) > 1:
            self.most = (len(runs) + 1) // 2
            self._train(runs[: self.most])
            self._train(runs[self.most :])


def runs_of(trainings: Iterable[object]) -> list[Run]:
    """Those that can train together; a method may have a training of its own kind, as the stub has."""
    return [each for each in trainings if isinstance(each, Run)]


def seconds_of_steps(run: Run, sizes: Iterable[int], steps: int = STEPS) -> dict[int, float]:
    """How long a step of so many trials like this one takes together, in seconds; nothing of the run is changed.

    Sizes are tried in turn while each is worth it, and as long as memory has room.

    Args:
        run: its networks, batches and device are taken as they are.
        sizes: numbers of trials, ascending.
        steps: timed steps of each size, of which the median is given.
    """
    found: dict[int, float] = {}
    for size in sizes:
        try:
            taken, crowded = _seconds(run, size, steps)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            break
        if crowded:
            break
        least = min((seconds / others for others, seconds in found.items()), default=None)
        found[size] = taken
        if least is not None and taken / size * WORTH > least:
            break
    return found


def _seconds(run: Run, size: int, steps: int) -> tuple[float, bool]:
    learners, batches = [run.build() for _ in range(size)], [run.batches_anew() for _ in range(size)]
    together, taken = Together(learners), []
    for _ in range(1 + steps):
        start = time.perf_counter()
        together.step([(each.draw(), 0, 1.0) for each in batches])
        if run.assignment.device.startswith("cuda"):
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:]), together.crowded
