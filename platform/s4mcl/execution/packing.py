"""How many trials train as one program in one process: what was asked for, or what a measurement says pays.

On GPUs the first pack of a method measures how long a step takes of one trial, of two together, of four and so on, with
networks that it throws away; where nothing is gained, packs stay as small as they were. On CPUs trials train together
only where that is asked for: sums of a packed trial are rounded otherwise, and there a trial's numbers are the same to
the bit, whatever happens to its study and whoever trains beside it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from s4mcl.config.study_config import Cluster
from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Ledger
from s4mcl_trainables.methods.generic import NAMES as GENERIC
from s4mcl_trainables.trial import canonical

SIZES = (1, 2, 4, 8, 16, 32)
WORTH = 1.1  # how much less time a trial must take in a pack than alone
STEPS = 12  # of one trial: about what it takes to find that two together gain nothing
SHARE = 0.01  # of a method's steps to come that measuring may take

logger = logging.getLogger(__name__)


class Packing:
    """Decides for one study; `s4mcl_trainables.training.joint` trains.

    Attributes:
        apart: keys of trials that train alone: a pack that they were in has failed.
    """

    def __init__(self, cluster: Cluster, study: str, ledger: Ledger) -> None:
        self.apart: set[str] = set()
        self._asked = cluster.trials_per_pack
        self._study, self._ledger = study, ledger
        self._has_gpus = bool(cluster.gpus_per_pack)
        self._sizes: dict[str, int] = {}  # 1 while it is being measured

    def most(self, waiting: Waiting) -> int:
        """How many trials a pack that begins with this may have; those of early stopping stay as they are."""
        cohort = waiting.cohort
        if cohort.together or any(member.key in self.apart for member in waiting.members):
            return len(waiting.members)
        return max(len(waiting.members), self._size(cohort.method))

    def is_program(self, method: str, members: int) -> bool:
        """Whether a pack of so many trials trains as one program; else they train one after the other."""
        return members > 1 and self._size(method) > 1

    def to_measure(self, method: str, to_come: Callable[[], list[str]], iterations: int) -> Sequence[int]:
        """The sizes that a pack which begins now is to measure; each method once, and only where that can pay.

        Args:
            to_come: the method of each trial that is still to begin.
            iterations: of each.
        """
        if self._asked != "auto" or not self._has_gpus or method in self._sizes:
            return ()
        count = to_come().count(method)
        if SHARE * count * iterations < STEPS:
            return ()
        self._sizes[method] = 1
        return [size for size in SIZES if size <= 1 + count]

    def heard(self, method: str, steps: Mapping[int, float]) -> None:
        """A worker told how many seconds a step of so many trials takes."""
        if not steps:
            return
        each = {size: seconds / size for size, seconds in steps.items()}
        best = min(each, key=lambda size: each[size])
        self._sizes[method] = best if each[best] * WORTH < each[1] else 1
        told = ", ".join(f"{1000 * seconds:.3g} ms for {size}" for size, seconds in steps.items())
        chosen = f"{self._sizes[method]} train as one program" if self._sizes[method] > 1 else "each trains by itself"
        text = f"{method}: {chosen}; a step takes {told}"
        logger.info(text)
        self._ledger.record_event(self._study, "packing", text, {"method": method, "steps": [*steps.items()]})

    def go_on_from(self, earlier: "Packing") -> None:
        """Know what another of the same run has found."""
        self.apart |= earlier.apart
        self._sizes |= earlier._sizes

    def goes_with(self, waiting: Waiting, first: Waiting) -> bool:
        """Whether a trial that waits may join the pack that begins with another: their networks have one shape.

        Seeds, label fractions and plain numbers of the loss may differ, sets of transforms, and generic parts, which
        act on each trial by itself; whether a number is 0 may not, since it decides which passes a step has.
        """
        if waiting.cohort.together or any(member.key in self.apart for member in waiting.members):
            return False
        return _likeness(waiting) == _likeness(first)

    def _size(self, method: str) -> int:
        return self._sizes.get(method, 1) if self._asked == "auto" else self._asked


def _likeness(waiting: Waiting) -> str:
    trial = waiting.members[0].trial
    alike = {name: _kind(value) for name, value in trial.hyperparameters.items() if name not in GENERIC}
    return canonical([trial.method, alike])


def _kind(value: Any) -> Any:
    if isinstance(value, float):
        return ["number", value == 0]
    return ["set"] if isinstance(value, list | tuple) else value
