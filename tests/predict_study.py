"""A study whose images lie on the disk as a person has them."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from s4mcl.ledger import Ledger
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.prepare import prepare
from trained_study import train_study


@dataclass(frozen=True)
class Told:
    """A study, and copies of its own test images, whose names are sorted."""

    study: Path
    images: Path
    names: list[str]

    def kept(self, method: str, seed: int) -> dict[str, NDArray[Any]]:
        """What the trial at the largest label fraction said of the test images, in the order of `names`."""
        with Ledger.open(self.study.parent, create=False) as ledger:
            trials = ledger.trials_frame(self.study.name).filter(method=method, seed=seed, label_fraction=1.0)
        with np.load(self.study.parent / trials["predictions"].item()) as file:
            found = {name: file[name] for name in file.files}
        order = np.argsort(names_of(self.study, found["rows"]))
        if "masks" in found:
            shape = found.pop("mask_shape")
            bits = np.unpackbits(found["masks"], axis=1, count=int(shape.prod()))
            found["masks"] = bits.reshape(-1, *shape)
        return {name: array[order] for name, array in found.items()}


def names_of(study: Path, rows: NDArray[np.int64]) -> list[str]:
    dataset = open_dataset(study.parent.parent / "dataset")
    ids, labels = dataset.index["id"].to_list(), dataset.labels
    return [f"{dataset.classes[labels[row]]}/{ids[row].rpartition('/')[2]}.png" for row in rows]


def write_source(root: Path, shapes: Path, size: tuple[int, int]) -> Path:
    """The shapes as PNG files of (width, height) in folders of classes, with masks."""
    dataset = open_dataset(shapes)
    for row, label in enumerate(dataset.labels):
        folder = root / dataset.classes[label]
        folder.mkdir(parents=True, exist_ok=True)
        image, mask = Image.fromarray(dataset.images[row, 0]), Image.fromarray(dataset.masks[row, 0] * 255)
        image.resize(size, Image.Resampling.BICUBIC).save(folder / f"i{row}.png")
        mask.resize(size, Image.Resampling.NEAREST).save(folder / f"i{row}_mask.png")
    return root


def told_study(folder: Path, shapes: Path, extent: tuple[int, int], size: int, *words: str, **more: Any) -> Told:
    """Images of an extent on the disk, prepared at a size, trained at 16x16."""
    source = write_source(folder / "source", shapes, extent)
    prepare(source, folder / "dataset", size=size, workers=1)
    study = train_study(folder / "studies", folder / "dataset", *words, **more)
    with np.load(study / "partition.npz") as parts:
        names = sorted(names_of(study, parts["test"]))
    for name in names:
        (folder / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, folder / "own" / name)
    return Told(study, folder / "own", names)
