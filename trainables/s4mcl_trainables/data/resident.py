"""The images of a dataset on the device: gathered, normalised and transformed in one indexed operation."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.data.at_size import at_size
from s4mcl_trainables.data.dataset import CHUNK, Dataset
from s4mcl_trainables.transforms import TransformSet

DEVIATION_FLOOR = 1e-6  # a constant image becomes zeros, not NaN


class Resident:
    """Images, masks and classes of a dataset on one device, at the study's image size.

    images: [N,1,H,W] uint8 (or int32 for 16-bit data), masks [N,M,H,W] uint8, classes [N] int64 (-1: none), has_mask
    [N] bool: a mask that is missing is empty in `masks`, as one is that was given so.
    Rows that are `hidden` have no mask and no class, whatever the dataset has.
    """

    def __init__(
        self, dataset: Dataset, image_size: int, device: torch.device, hidden: NDArray[np.int64] | None = None
    ) -> None:
        images, masks = at_size(dataset, image_size)
        classes, has_mask = dataset.labels, dataset.has_mask.copy()
        if hidden is not None:
            masks[hidden] = 0
            classes[hidden] = -1
            has_mask[hidden] = False
        self.size = image_size
        self.images = torch.from_numpy(images if images.dtype == np.uint8 else images.astype(np.int32)).to(device)
        self.masks = torch.from_numpy(masks).to(device)
        self.classes = torch.from_numpy(classes).to(device)
        self.has_mask = torch.from_numpy(has_mask).to(device)
        mean, deviation = moments(images)
        self.mean = torch.from_numpy(mean).to(device)
        self.deviation = torch.from_numpy(deviation).to(device)

    def take(self, rows: Tensor) -> Tensor:
        """Rows [B] to normalised images [B,1,H,W] float32, each with mean 0 and deviation 1."""
        return self._normalised(self.images.index_select(0, rows), rows)

    def take_transformed(self, rows: Tensor, transforms: TransformSet, tau: Tensor) -> Tensor:
        """Rows [B] and transform numbers tau [B] to normalised, transformed images [B,1,H,W] float32."""
        return self._normalised(transforms.gather(self.images, rows, tau), rows)

    def take_masks(self, rows: Tensor) -> Tensor:
        """Rows [B] to masks [B,M,H,W] float32 of 0 and 1."""
        return self.masks.index_select(0, rows).float()

    def _normalised(self, images: Tensor, rows: Tensor) -> Tensor:
        shape = (-1, 1, 1, 1)
        mean, deviation = (each.index_select(0, rows).view(shape) for each in (self.mean, self.deviation))
        return images.float().sub_(mean).div_(deviation)


def moments(images: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and deviation of each image [N,1,H,W], in chunks: two arrays [N] float32.

    Summed in float64: in float32 the mean of a bright constant image is off by so much that its pixels are not zeros.
    """
    parts = [images[start : start + CHUNK].astype(np.float64) for start in range(0, len(images), CHUNK)]
    mean = np.concatenate([part.mean((1, 2, 3)) for part in parts]).astype(np.float32)
    deviation = np.concatenate([part.std((1, 2, 3)) for part in parts]).astype(np.float32)
    return mean, np.maximum(deviation, np.float32(DEVIATION_FLOOR))
