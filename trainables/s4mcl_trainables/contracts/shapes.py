"""A tiny prepared dataset: bright discs (class 0) and bars (class 1) on noise, each beside a lit corner."""

from pathlib import Path

import numpy as np
import polars as pl

from s4mcl_trainables.data.dataset import INDEX_SCHEMA, write_description


def write_shapes(path: Path, images: int = 48, size: int = 32, seed: int = 0, *, partial: bool = False) -> Path:
    """Write it at `path`, which must not exist; every image is a group of its own.

    A `partial` one lacks the class of every sixth image, and the mask of each that follows on one of these.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(images) % 2
    centre = rng.uniform(0.35, 0.65, (2, images, 1, 1)) * size
    y, x = np.indices((size, size))[:, None] - centre  # [N,size,size] each
    disc = x**2 + y**2 < (0.25 * size) ** 2
    bar = (abs(x) < 0.12 * size) & (abs(y) < 0.34 * size)
    masks = np.where(labels[:, None, None] == 0, disc, bar)
    pixels = 60 + 110 * masks + rng.normal(0, 12, masks.shape)
    pixels[:, : size // 6, : size // 6] += 70  # so that no turn or flip leaves an image as it is
    classless, maskless = (partial & (np.arange(images) % 6 == place) for place in (0, 1))
    masks = masks & ~maskless[:, None, None]
    path.mkdir(parents=True)
    np.save(path / "images.npy", pixels.clip(0, 255).astype(np.uint8)[:, None])
    np.save(path / "masks.npy", masks.astype(np.uint8)[:, None])
    index = pl.DataFrame(
        {
            "id": [f"image{number}" for number in range(images)],
            "label": [None if lost else int(label) for lost, label in zip(classless, labels, strict=True)],
            "has_mask": ~maskless,
            "group": [f"group{number}" for number in range(images)],
            "split": [None] * images,
        },
        schema=INDEX_SCHEMA,
    )
    write_description(path, name="shapes", classes=("disc", "bar"), source={}, index=index)
    return path
