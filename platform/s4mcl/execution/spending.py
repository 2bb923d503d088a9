"""What a study has spent of its limits: trials, wall time, GPU hours."""

import time
from collections.abc import Callable

from s4mcl.config.study_config import Limits


class Spending:
    """Counts what this study's own trials cost, those of earlier runs included; wall time counts from this run's start.

    Attributes:
        trials: begun so far.
        gpu_seconds: seconds of training times GPUs a pack.
    """

    def __init__(
        self, limits: Limits, *, trials: int, seconds: float, gpus: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin counting.

        Args:
            limits: what may be spent.
            trials: trials that earlier runs have trained.
            seconds: what those took.
            gpus: GPUs that a pack of theirs had, on average.
            clock: seconds that only grow.
        """
        self.limits, self.trials, self.gpus = limits, trials, gpus
        self.gpu_seconds = seconds * gpus
        self._clock, self._begun = clock, clock()

    def go_on_from(self, earlier: "Spending") -> None:
        """Let wall time count from where another began, in the same run."""
        self._begun = earlier._begun

    def begun(self) -> None:
        """A trial of which nothing was trained for this study before was begun."""
        self.trials += 1

    def trained(self, seconds: float, gpus: float | None = None) -> None:
        """A trial took so many seconds of training, in a pack of so many GPUs; None: of as many as the others."""
        self.gpu_seconds += seconds * (self.gpus if gpus is None else gpus)

    def used_up(self) -> str | None:
        """Which limit allows nothing more to be trained; None while all allow it."""
        limits = self.limits
        if limits.gpu_hours is not None and self.gpu_seconds >= 3600 * limits.gpu_hours:
            return f"limits.gpu_hours={limits.gpu_hours:g} is used up"
        return self.out_of_time()

    def no_new_trial(self) -> str | None:
        """Whether no further trial may begin; those that have begun go on."""
        limit = self.limits.trials
        return f"limits.trials={limit} is used up" if limit is not None and self.trials >= limit else None

    def out_of_time(self) -> str | None:
        """Whether wall time is used up: what is running then ends too, from its checkpoint to go on later."""
        limit = self.limits.hours
        if limit is not None and self._clock() - self._begun >= 3600 * limit:
            return f"limits.hours={limit:g} is used up"
        return None
