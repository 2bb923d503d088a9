"""Batches: what a step is given of the labelled and of the unlabelled images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.augmentation import lightly
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.generic import ALL_OFF, Generic
from s4mcl_trainables.seeds import generator
from s4mcl_trainables.training.balanced import BalancedPasses
from s4mcl_trainables.training.passes import Passes


@dataclass(frozen=True)
class Batch:
    """One step's data: labelled images, masks and classes, and the rows of the unlabelled images."""

    images: Tensor  # [B_l,1,H,W] float32
    masks: Tensor  # [B_l,M,H,W] float32
    classes: Tensor  # [B_l] int64
    unlabelled: Tensor  # [B_u] int64, rows of `resident`
    resident: Resident


class Batches:
    """Draws batches. Each stream has a generator of its own: a method that leaves one out shifts nothing.

    Of the generic parts `parts`, class balance and augmentation act here, on the labelled stream.
    """

    def __init__(
        self,
        resident: Resident,
        labelled: NDArray[np.int64],
        unlabelled: NDArray[np.int64],
        *,
        batch_labelled: int,
        batch_unlabelled: int,
        seed: int,
        parts: Generic = ALL_OFF,
    ) -> None:
        self.resident = resident
        self.labelled: Passes | BalancedPasses
        if parts.class_balanced:
            classes = resident.classes.cpu().numpy()[labelled]
            self.labelled = BalancedPasses(labelled, classes, batch_labelled, generator(seed, "balanced batches"))
        else:
            self.labelled = Passes(labelled, batch_labelled, generator(seed, "labelled batches"))
        self.unlabelled = Passes(unlabelled, batch_unlabelled, generator(seed, "unlabelled batches"))
        device = resident.images.device
        self.augmentation = generator(seed, "labelled augmentation", device) if parts.augments else None

    def draw(self) -> Batch:
        """The next batch, on the device."""
        device = self.resident.images.device
        rows = self.labelled.next().to(device, non_blocking=True)
        unlabelled = self.unlabelled.next().to(device, non_blocking=True)
        images, masks = self._seen(rows)
        return Batch(images, masks, self.resident.classes[rows], unlabelled, self.resident)

    def _seen(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Labelled images [B,1,H,W] and masks [B,M,H,W] of rows [B]."""
        if self.augmentation is None:
            return self.resident.take(rows), self.resident.take_masks(rows)
        return lightly(self.resident, rows, self.augmentation)

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        streams = {"labelled": self.labelled.state(), "unlabelled": self.unlabelled.state()}
        return streams if self.augmentation is None else {**streams, "augmentation": self.augmentation.get_state()}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        self.labelled.restore(state["labelled"])
        self.unlabelled.restore(state["unlabelled"])
        if self.augmentation is not None:
            self.augmentation.set_state(state["augmentation"])
