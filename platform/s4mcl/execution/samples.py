"""A few test images, kept beside the study so that its report needs no dataset."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from s4mcl.config import StudyConfig
from s4mcl.execution.whole_file import whole_file
from s4mcl_trainables.data.at_size import at_size
from s4mcl_trainables.data.dataset import Dataset
from s4mcl_trainables.data.partition import Partition

COUNT = 6


def write_samples(path: Path, dataset: Dataset, partition: Partition, config: StudyConfig) -> None:
    """Write images, masks and labels of up to six test images, the classes in turn, those with a mask first.

    rows [m] int64; images [m,1,H,W] uint8; masks [m,1,H,W] uint8; labels [m] int64.
    """
    rows = sample_rows(dataset, partition, config.data.split_seed)
    images, masks = shown_images(dataset, config.image_size, rows)
    with whole_file(path) as file:
        np.savez(file, allow_pickle=False, rows=rows, images=images, masks=masks, labels=dataset.labels[rows])


def shown_images(dataset: Dataset, size: int, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images [m,1,size,size] in 8 bits, as a screen shows them, and masks [m,M,size,size] of `rows`."""
    images, masks = at_size(dataset, size, rows)
    span = np.iinfo(images.dtype).max
    return (images.astype(np.float64) * (255 / span)).round().astype(np.uint8), masks


def sample_rows(dataset: Dataset, partition: Partition, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows of the test part, drawn by `seed`: one class after the other, images with a non-empty mask first."""
    draws = np.random.default_rng(seed)
    test = draws.permutation(partition.test)
    filled = np.array([dataset.masks[row].any() for row in test], dtype=bool)
    labels = dataset.labels[test]
    ranked = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        members = members[np.argsort(~filled[members], kind="stable")]
        ranked += [(not filled[member], place, int(test[member])) for place, member in enumerate(members)]
    return np.array([row for _, _, row in sorted(ranked)[:COUNT]], dtype=np.int64)
