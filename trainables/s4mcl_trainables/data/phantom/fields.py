"""Smooth random fields and blur: float32 and elementary operations only, so that every machine gets the same bits."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def smooth_field(rng: np.random.Generator, images: int, size: int, cells: int) -> Pixels:
    """[B,S,S] fields between -1 and 1 that vary over `cells` cells a side: random knots, smoothly joined."""
    knots = 2 * rng.random((images, cells + 1, cells + 1), dtype=np.float32) - np.float32(1)
    place = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(cells / size)
    cell = place.astype(np.int64)
    weight = smoothstep(place - cell.astype(np.float32))
    rows = knots[:, cell] + (knots[:, cell + 1] - knots[:, cell]) * weight[:, None]
    return np.asarray(rows[:, :, cell] + (rows[:, :, cell + 1] - rows[:, :, cell]) * weight)


def smoothstep(ramp: Pixels) -> Pixels:
    """3r² - 2r³ of a ramp in [0,1]."""
    return np.asarray(ramp * ramp * (np.float32(3) - np.float32(2) * ramp))


def blurred(images: Pixels, passes: int = 1) -> Pixels:
    """[B,S,S] blurred by the binomial kernel 1 4 6 4 1 along both axes, `passes` times (deviation: 1 pixel each)."""
    size = images.shape[1]
    for _ in range(passes):
        for axis in (1, 2):
            margin = [(0, 0), (2, 2), (0, 0)] if axis == 1 else [(0, 0), (0, 0), (2, 2)]
            wide = np.pad(images, margin, mode="edge").swapaxes(1, axis)
            cut = [wide[:, shift : shift + size] for shift in range(5)]
            total = np.float32(0.375) * cut[2] + np.float32(0.25) * (cut[1] + cut[3])
            images = (total + np.float32(0.0625) * (cut[0] + cut[4])).swapaxes(1, axis)
    return images
