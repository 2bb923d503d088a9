"""How much of every mask is inside, in one pass over the file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import CHUNK


@dataclass(frozen=True)
class MaskCoverage:
    """`inside` [N,M] counts pixels that are not 0; `pixels` is H*W; `highest` is the largest value of all masks."""

    inside: NDArray[np.int64]
    pixels: int
    highest: int

    @property
    def empty(self) -> NDArray[np.bool_]:
        """[N] no pixel of any structure is inside."""
        return np.asarray(self.inside.sum(axis=1) == 0)

    @property
    def full(self) -> NDArray[np.bool_]:
        """[N] a structure fills the whole image."""
        return np.asarray((self.inside == self.pixels).any(axis=1))


def mask_coverage(masks: NDArray[np.uint8]) -> MaskCoverage:
    """Count over masks [N,M,H,W], a chunk at a time."""
    inside = np.zeros(masks.shape[:2], dtype=np.int64)
    highest = 0
    for start in range(0, len(masks), CHUNK):
        chunk = masks[start : start + CHUNK]
        inside[start : start + CHUNK] = np.count_nonzero(chunk, axis=(2, 3))
        highest = max(highest, int(chunk.max(initial=0)))
    return MaskCoverage(inside, int(masks.shape[2] * masks.shape[3]), highest)
