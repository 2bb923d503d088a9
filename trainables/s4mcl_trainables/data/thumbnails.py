"""Small versions of all images of a dataset, by the mean over areas."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import CHUNK


def thumbnails(images: NDArray[Any], height: int, width: int) -> Iterator[NDArray[np.float32]]:
    """Yield [n,height,width] float32 area means of images [N,1,H,W], in order, a chunk at a time."""
    rows = area_weights(images.shape[-2], height)
    columns = area_weights(images.shape[-1], width).T
    for start in range(0, len(images), CHUNK):
        yield rows @ images[start : start + CHUNK, 0].astype(np.float32) @ columns


def area_weights(source: int, target: int) -> NDArray[np.float32]:
    """[target,source] weights that average `source` pixels into `target` cells of equal width.

    >>> area_weights(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    edges = np.linspace(0, source, target + 1)
    pixels = np.arange(source)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights = np.clip(overlap, 0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)
