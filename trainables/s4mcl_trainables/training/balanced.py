"""Class-balanced passes: labelled batches that hold each class equally often, whatever its share of the images."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.training.passes import Passes


class BalancedPasses:
    """Of the rows that have a class, each class is drawn equally often; those of a class come in reshuffled passes.

    In a batch, and over all batches, the counts of two classes differ by one at most: where classes cannot be drawn
    equally often, it is the turn of those that were ahead least often, in random order. Rows without a class (-1) stand
    where they would stand without balancing.
    """

    def __init__(self, rows: NDArray[np.int64], classes: NDArray[np.int64], batch: int, draws: torch.Generator) -> None:
        self.every = Passes(np.arange(len(rows)), batch, draws)
        self.rows, self.classes = torch.from_numpy(rows.astype(np.int64)), torch.from_numpy(classes)
        present = np.unique(classes[classes >= 0])
        self.within = [Passes(rows[classes == each], 1, draws) for each in present]
        self.ahead = torch.zeros(len(present), dtype=torch.int64)  # how often each class was drawn once more
        self.draws = draws

    def next(self) -> Tensor:
        """Dataset rows [batch] int64 on the CPU."""
        places = self.every.next()
        rows, classed = self.rows[places], self.classes[places] >= 0
        if self.within:
            each, rest = divmod(int(classed.sum()), len(self.within))
            kinds = [*range(len(self.within))] * each + self._next_ahead(rest)
            rows[classed] = torch.cat([rows[:0], *(self.within[kind].next() for kind in kinds)])
        return rows

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        return {"streams": [stream.state() for stream in self._streams()], "ahead": self.ahead.clone()}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        for stream, found in zip(self._streams(), state["streams"], strict=True):
            stream.restore(found)
        self.ahead = state["ahead"].clone()

    def _streams(self) -> list[Passes]:
        return [self.every, *self.within]

    def _next_ahead(self, count: int) -> list[int]:
        """Classes that are drawn once more in this batch."""
        if not count:
            return []
        order = torch.randperm(len(self.ahead), generator=self.draws)
        taken = order[self.ahead[order].argsort(stable=True)][:count]
        self.ahead[taken] += 1
        return list(taken.tolist())
