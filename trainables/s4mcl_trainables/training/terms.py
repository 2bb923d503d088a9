"""Loss terms since the last report: summed on the device, read once a report."""

from typing import Any

import torch
from torch import Tensor


class Terms:
    """Means of every named term, and the first step at which each was not finite. No step waits for the device."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.count = 0
        self.sums = torch.empty(0)
        self.first_bad = torch.empty(0)

    def add(self, terms: dict[str, Tensor], iteration: int) -> None:
        """Note the terms (scalars) of one step; `iteration` counts from 1."""
        values = torch.stack(list(terms.values())).double()
        if tuple(terms) != self.names:
            self.names, self.count = tuple(terms), 0
            self.sums = torch.zeros_like(values)
            self.first_bad = torch.zeros_like(values)
        if self.sums.device != values.device:  # a checkpoint is read to the CPU
            self.sums, self.first_bad = self.sums.to(values.device), self.first_bad.to(values.device)
        self.sums += values
        self.count += 1
        fresh = ~values.isfinite() & (self.first_bad == 0)
        self.first_bad.masked_fill_(fresh, float(iteration))

    def take(self) -> dict[str, float]:
        """The means since the last call; starts anew."""
        means = dict(zip(self.names, (self.sums / max(1, self.count)).tolist(), strict=True)) if self.names else {}
        self.sums, self.count = torch.zeros_like(self.sums), 0
        return means

    def broken(self) -> dict[str, int]:
        """Terms that were not finite, with the first step at which each was not."""
        return {name: int(step) for name, step in zip(self.names, self.first_bad.tolist(), strict=True) if step}

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        tensors = {"sums": self.sums.clone(), "first_bad": self.first_bad.clone()}
        return {"names": list(self.names), "count": self.count, **tensors}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        self.names, self.count = tuple(state["names"]), state["count"]
        self.sums, self.first_bad = state["sums"], state["first_bad"]
