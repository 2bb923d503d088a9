"""Batches: reshuffled passes over the labelled and the unlabelled images that wrap round."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.seeds import generator


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


@dataclass(frozen=True)
class Batch:
    """One step's data: labelled images, masks and classes, and the rows of the unlabelled images."""

    images: Tensor  # [B_l,1,H,W] float32
    masks: Tensor  # [B_l,M,H,W] float32
    classes: Tensor  # [B_l] int64
    unlabelled: Tensor  # [B_u] int64, rows of `resident`
    resident: Resident


class Batches:
    """Draws batches. The two streams have generators of their own: a method that leaves one out shifts nothing."""

    def __init__(
        self,
        resident: Resident,
        labelled: NDArray[np.int64],
        unlabelled: NDArray[np.int64],
        *,
        batch_labelled: int,
        batch_unlabelled: int,
        seed: int,
    ) -> None:
        self.resident = resident
        self.labelled = Passes(labelled, batch_labelled, generator(seed, "labelled batches"))
        self.unlabelled = Passes(unlabelled, batch_unlabelled, generator(seed, "unlabelled batches"))

    def draw(self) -> Batch:
        """The next batch, on the device."""
        device = self.resident.images.device
        rows = self.labelled.next().to(device, non_blocking=True)
        unlabelled = self.unlabelled.next().to(device, non_blocking=True)
        resident = self.resident
        return Batch(resident.take(rows), resident.take_masks(rows), resident.classes[rows], unlabelled, resident)

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        return {"labelled": self.labelled.state(), "unlabelled": self.unlabelled.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        self.labelled.restore(state["labelled"])
        self.unlabelled.restore(state["unlabelled"])
