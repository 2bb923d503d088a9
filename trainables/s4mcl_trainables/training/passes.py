"""Reshuffled passes over rows, which wrap round."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Passes:
    """Endless passes over `rows`, each in a fresh order; a batch may span passes, so 5 images fill a batch of 10."""

    def __init__(self, rows: NDArray[np.int64], batch: int, draws: torch.Generator) -> None:
        self.rows = torch.from_numpy(rows.astype(np.int64))
        self.batch = batch if len(rows) else 0
        self.draws = draws
        self.order = torch.empty(0, dtype=torch.int64)

    def next(self) -> Tensor:
        """Dataset rows [batch] int64 on the CPU."""
        while len(self.order) < self.batch:
            fresh = torch.randperm(len(self.rows), generator=self.draws)
            self.order = torch.cat([self.order, fresh])
        taken, self.order = self.order[: self.batch], self.order[self.batch :]
        return self.rows[taken]

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        return {"order": self.order.clone(), "draws": self.draws.get_state()}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        self.order = state["order"]
        self.draws.set_state(state["draws"])
