"""A Gaussian process with the log expected improvement (Optuna's); slow, for costly trials."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, GPSampler
from optuna.trial import FrozenTrial

from s4mcl.search.samplers.sampler import Sampler, unconditional
from s4mcl.search.samplers.tpe import KnownTpe


class GaussianProcessSampler(Sampler):
    """Completed trials alone are modelled; parameters with a condition come from TPE, each alone.

    The time of an ask grows with the cube of the trials, so it is shown 50 of the best and the last 100. Draws at
    random until 10 trials are completed.
    """

    name: ClassVar[str] = "gp"
    best: ClassVar[int] = 50
    last: ClassVar[int] = 100

    def build(self, number: int, seed: int) -> BaseSampler:
        """Optuna's, fitted afresh: kernel parameters kept from the last ask would be lost in a restart."""
        return _KnownGp(unconditional(self.beginning), seed)

    def asking(self) -> AbstractContextManager[None]:
        """One thread: with torch's default number an ask took 14 to 28 s, and sums depend on the number of threads."""
        return _one_thread()


class _KnownGp(GPSampler):
    """Optuna's sampler that is told which parameters every trial has."""

    def __init__(self, every: dict[str, BaseDistribution], seed: int) -> None:
        super().__init__(seed=seed, independent_sampler=KnownTpe(every, seed), warn_independent_sampling=False)
        self._every = every

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, Any]:
        return dict(self._every)


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch  # noqa: PLC0415  # the driver needs torch for this sampler alone

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
