"""Images of five classes and three structures as files, as a person has them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CLASSES = ("a", "b", "c", "d", "e")
STRUCTURES = ("disc", "bar", "frame")
SIDE = 16


def drawn(row: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Image [H,W] and masks [3,H,W] of a row, whose class is row % 5; the bar is missing in every seventh."""
    rng = np.random.default_rng(row)
    y, x = np.indices((SIDE, SIDE))
    place = 4 + 2 * (row % 5)
    disc = (x - place) ** 2 + (y - 4) ** 2 < 7
    bar = (abs(y - 11) < 2) & (x < 3 + 2 * (row % 5)) & (row % 7 > 0)
    frame = (np.minimum(x, y) == 0) | (np.maximum(x, y) == SIDE - 1)
    grey = 40 + 60 * disc + 100 * bar + 150 * (frame & ~disc & ~bar) + rng.normal(0, 5, x.shape)
    return grey.clip(0, 255).astype(np.uint8), np.stack([disc, bar & ~disc, frame & ~disc & ~bar])


def write_files(root: Path, images: int = 50, names: tuple[str, ...] = STRUCTURES) -> Path:
    """Folders of classes; a file a structure."""
    for row in range(images):
        folder = root / CLASSES[row % 5]
        folder.mkdir(parents=True, exist_ok=True)
        grey, masks = drawn(row)
        Image.fromarray(grey).save(folder / f"i{row}.png")
        for name, mask in zip(names, masks, strict=True):
            Image.fromarray(mask.astype(np.uint8) * 255).save(folder / f"i{row}_mask_{name}.png")
    return root


def write_table(root: Path, images: int = 50) -> Path:
    """images/, labels.csv and a folder of masks a structure."""
    (root / "images").mkdir(parents=True)
    for row in range(images):
        grey, masks = drawn(row)
        Image.fromarray(grey).save(root / f"images/i{row}.png")
        for name, mask in zip(STRUCTURES, masks, strict=True):
            (root / "masks" / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask.astype(np.uint8) * 255).save(root / f"masks/{name}/i{row}.png")
    rows = "".join(f"i{row},{CLASSES[row % 5]}\n" for row in range(images))
    (root / "labels.csv").write_text("id,label\n" + rows, encoding="utf-8")
    return root


def write_label_maps(root: Path, images: int = 50, *, palette: bool = False) -> Path:
    """Folders of classes; one file with 1 to 3 for the structures, of a palette where that is asked."""
    for row in range(images):
        folder = root / CLASSES[row % 5]
        folder.mkdir(parents=True, exist_ok=True)
        grey, masks = drawn(row)
        Image.fromarray(grey).save(folder / f"i{row}.png")
        values = (masks * np.array([1, 2, 3])[:, None, None]).sum(0).astype(np.uint8)
        shown = Image.fromarray(values)
        if palette:
            shown = Image.fromarray(values, mode="P")
            shown.putpalette([0, 0, 0, 200, 30, 30, 30, 200, 30, 90, 90, 90])
        shown.save(folder / f"i{row}_mask.png")
    return root
