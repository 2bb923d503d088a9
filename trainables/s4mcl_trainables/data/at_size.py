"""The images and masks of a dataset at a study's image size."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import CHUNK, Dataset
from s4mcl_trainables.problems import InputError

if TYPE_CHECKING:
    from torch import Tensor


def at_size(
    dataset: Dataset, size: int, rows: NDArray[np.int64] | None = None
) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Images [n,1,size,size] and masks [n,M,size,size] of `rows` (default: all), averaged over areas; masks above half.

    Raises:
        InputError: the dataset was prepared at a smaller size.
    """
    if size > dataset.size:
        raise InputError(
            f"image_size={size} is larger than the prepared images of {dataset.path} ({dataset.size}).\n"
            f"Cure: prepare them again with --size {size}, or give image_size={dataset.size} or less"
        )
    wanted = np.arange(len(dataset)) if rows is None else rows
    images = np.empty((len(wanted), 1, size, size), dataset.images.dtype)
    masks = np.empty((len(wanted), dataset.masks.shape[1], size, size), np.uint8)
    for start in range(0, len(wanted), CHUNK):
        part, taken = slice(start, start + CHUNK), wanted[start : start + CHUNK]
        if size == dataset.size:
            images[part], masks[part] = dataset.images[taken], dataset.masks[taken]
        else:
            images[part] = _shrunk(dataset.images[taken], size).round().numpy().astype(images.dtype)
            masks[part] = (_shrunk(dataset.masks[taken], size) > 0.5).numpy()
    return images, masks


def _shrunk(array: NDArray[Any], size: int) -> "Tensor":
    import torch  # noqa: PLC0415  # a driver whose images have the size already is spared it

    return torch.nn.functional.interpolate(torch.from_numpy(array.astype(np.float32)), size=(size, size), mode="area")
