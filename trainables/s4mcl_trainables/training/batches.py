"""Batches: what a step is given of the labelled and of the unlabelled images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
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
    """One step's data: labelled images, masks and classes, and the rows of the unlabelled images.

    Where every labelled image serves both tasks, B is B_l. Else there are two groups of B_l, `apart` rows that were
    drawn from those with a mask, then as many from those with a class; what a row does not show is an empty mask, or
    class -1.

    Attributes:
        has_mask: [B] bool, which rows show a mask, where not all do.
    """

    images: Tensor  # [B,1,H,W] float32
    masks: Tensor  # [B,M,H,W] float32
    classes: Tensor  # [B] int64
    unlabelled: Tensor  # [B_u] int64, rows of `resident`
    resident: Resident
    apart: int | None = None
    has_mask: Tensor | None = None

    @property
    def masked(self) -> slice:
        """The rows that segmentation is learnt from; all of them show a mask."""
        return slice(0, len(self.images) if self.apart is None else self.apart)

    @property
    def classed(self) -> slice:
        """The rows that classification is learnt from; all of them show a class."""
        return slice(self.apart or 0, len(self.images))

    def mean_masked(self, values: Tensor) -> Tensor:
        """The mean of values [B], a scalar, over the rows that show a mask."""
        if self.has_mask is None:
            return values.mean()
        return (values * self.has_mask).sum() / self.has_mask.sum()


class Batches:
    """Draws batches. Each stream has a generator of its own: a method that leaves one out shifts nothing.

    Of the generic parts `parts`, class balance and augmentation act here, on the labelled stream; where images with a
    mask and with a class are drawn apart, class balance acts on the latter.
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
        classed: NDArray[np.int64] | None = None,
    ) -> None:
        """Rows `labelled` show all that is learnt; or, with rows `classed` that show a class, they show a mask."""
        self.resident = resident
        balanced = parts.class_balanced and classed is None  # rows with a mask alone need not show their class
        self.labelled = self._passes(labelled, batch_labelled, seed, "labelled batches", balanced=balanced)
        self.unlabelled = self._passes(unlabelled, batch_unlabelled, seed, "unlabelled batches", balanced=False)
        device = resident.images.device
        self.augmentation = generator(seed, "labelled augmentation", device) if parts.augments else None
        self.classed: Passes | BalancedPasses | None = None
        if classed is not None:
            self.classed = self._passes(classed, batch_labelled, seed, "classed batches", balanced=parts.class_balanced)
            self.shows_mask, self.shows_class = (_membership(rows, resident) for rows in (labelled, classed))

    def draw(self) -> Batch:
        """The next batch, on the device."""
        device = self.resident.images.device
        rows = self.labelled.next().to(device, non_blocking=True)
        unlabelled = self.unlabelled.next().to(device, non_blocking=True)
        if self.classed is not None:
            return self._apart(rows, self.classed.next().to(device, non_blocking=True), unlabelled)
        images, masks = self._seen(rows)
        return Batch(images, masks, self.resident.classes[rows], unlabelled, self.resident)

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        streams = {name: passes.state() for name, passes in self._streams().items()}
        return streams if self.augmentation is None else {**streams, "augmentation": self.augmentation.get_state()}

    def restore(self, state: dict[str, Any]) -> None:
        """The inverse of `state`."""
        for name, passes in self._streams().items():
            passes.restore(state[name])
        if self.augmentation is not None:
            self.augmentation.set_state(state["augmentation"])

    def _passes(
        self, rows: NDArray[np.int64], batch: int, seed: int, stream: str, *, balanced: bool
    ) -> Passes | BalancedPasses:
        if not balanced:
            return Passes(rows, batch, generator(seed, stream))
        classes = self.resident.classes.cpu().numpy()[rows]
        return BalancedPasses(rows, classes, batch, generator(seed, f"balanced {stream.removeprefix('labelled ')}"))

    def _streams(self) -> dict[str, Passes | BalancedPasses]:
        both = {"labelled": self.labelled, "unlabelled": self.unlabelled}
        return both if self.classed is None else {**both, "classed": self.classed}

    def _seen(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Labelled images [B,1,H,W] and masks [B,M,H,W] of rows [B]."""
        if self.augmentation is None:
            return self.resident.take(rows), self.resident.take_masks(rows)
        return lightly(self.resident, rows, self.augmentation)

    def _apart(self, masked: Tensor, classed: Tensor, unlabelled: Tensor) -> Batch:
        """Rows with a mask, then rows with a class; either shows of the other what it may."""
        rows = torch.cat([masked, classed])
        shows_mask = self.shows_mask[rows]
        images, masks = self._seen(rows)
        masks = masks * shows_mask.view(-1, 1, 1, 1)
        classes = self.resident.classes[rows].masked_fill(~self.shows_class[rows], -1)
        return Batch(images, masks, classes, unlabelled, self.resident, len(masked), shows_mask)


def _membership(rows: NDArray[np.int64], resident: Resident) -> Tensor:
    """[N] bool, which rows of the dataset are among these."""
    found = torch.zeros(len(resident.classes), dtype=torch.bool)
    found[torch.from_numpy(rows)] = True
    return found.to(resident.images.device)
