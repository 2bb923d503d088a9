"""Which images train, validate and test; and which of the training images show their labels.

Images that carry a class, a mask or both are divided; we call them labelled. An image with neither can only train. If
another image of its group validates or tests, it is left out altogether, since it would leak. The trial's seed never
touches the partition: it draws the order in which labels are shown.
"""

import difflib
import hashlib
import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import Dataset
from s4mcl_trainables.data.division import divide_units
from s4mcl_trainables.label_fraction import CLASSIFICATION, SEGMENTATION, TASKS, LabelFraction, share_of
from s4mcl_trainables.problems import InputError, Problems

SPLITS = ("group", "patch", "paper", "given")
PARTS = ("train", "validation", "test")
PAPER = (713, 42, 139)  # AAAI-20 student abstract: 894 patches
_PARTITION_STREAM, _LABEL_STREAM = 1, 2  # keep the draws of equal seeds apart
_WORDS = {CLASSIFICATION: "class", SEGMENTATION: "mask"}

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class PartitionSpec:
    """How to divide a dataset.

    split: group (whole groups), patch (each image by itself), paper (713/42/139 of 894 images, patch-wise) or given
    (the split column of the index). test: share of the labelled images; validation: share of the rest.
    """

    split: str = "group"
    split_seed: int = 0
    test: float = 0.155
    validation: float = 0.2


@dataclass(frozen=True)
class Partition:
    """Sorted dataset rows of each part. Validation and test hold labelled images only."""

    train: Rows
    validation: Rows
    test: Rows
    fingerprint: str


@dataclass(frozen=True)
class Labelled:
    """Rows of the training part by what a method sees of them.

    classed, masked: rows whose class, and whose mask, it sees, in nested order; empty where it has no use for them.
    unlabelled: rows of which it sees at least one label less than it could use. joint: every row with a label serves
    all that the method learns, so that there is one set of labelled rows.
    """

    classed: Rows
    masked: Rows
    unlabelled: Rows
    joint: bool

    @property
    def labelled(self) -> Rows:
        """Rows that show any label: in nested order where `joint`, else sorted."""
        if self.joint:
            return self.classed if len(self.classed) else self.masked
        return np.union1d(self.classed, self.masked)


def known_labels(dataset: Dataset) -> dict[str, NDArray[np.bool_]]:
    """For each task [N] whether an image has its label; an empty mask is one, a missing mask is none."""
    return {CLASSIFICATION: dataset.labels >= 0, SEGMENTATION: dataset.has_mask}


def carries_labels(dataset: Dataset) -> NDArray[np.bool_]:
    """[N] whether an image has a class label, a mask, or both."""
    return np.asarray((dataset.labels >= 0) | dataset.has_mask)


def make_partition(dataset: Dataset, spec: PartitionSpec) -> Partition:
    """Divide a dataset; the same dataset and spec give the same partition everywhere.

    Raises:
        InputError: the spec is out of range, the split does not fit the dataset, or a part lacks one of the classes.
    """
    _check_spec(spec)
    labelled = carries_labels(dataset)
    if not labelled.any():
        raise InputError(
            f"{dataset.path}: no image carries a class label or a mask, so there is nothing to divide.\n"
            "Cure: give labels.csv a label, or a mask file, for some of the images"
        )
    part = _given_parts(dataset) if spec.split == "given" else _drawn_parts(dataset, labelled, spec)
    part[(part != 0) & ~labelled] = -1
    rows = [np.flatnonzero(part == number).astype(np.int64) for number in range(len(PARTS))]
    _check_classes(dataset, spec, rows, labelled)
    digest = hashlib.sha256()
    for name, array in zip(PARTS, rows, strict=True):
        digest.update(f"{name} {len(array)}\n".encode())
        digest.update(array.astype("<i8").tobytes())
    return Partition(train=rows[0], validation=rows[1], test=rows[2], fingerprint=digest.hexdigest())


def labelled_order(dataset: Dataset, partition: Partition, seed: int) -> Rows:
    """The labelled images of the training part in the order in which their labels are shown.

    Each kind (a class, with or without a mask) is shuffled; its j-th of n images then stands at (j + 1/2)/n of the way,
    so that every prefix holds the kinds nearly in proportion, and a smaller label fraction lies inside a larger one.
    """
    rows = partition.train[carries_labels(dataset)[partition.train]]
    rng = np.random.Generator(np.random.PCG64([seed, _LABEL_STREAM]))
    rows = rows[rng.permutation(len(rows))]
    kinds = 2 * dataset.labels[rows] + ~dataset.has_mask[rows]
    place = np.empty(len(rows), dtype=np.float64)
    for kind in np.unique(kinds):
        members = np.flatnonzero(kinds == kind)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.asarray(rows[np.lexsort((kinds, place))], dtype=np.int64)


def draw_labels(
    dataset: Dataset, partition: Partition, fraction: LabelFraction, seed: int, tasks: Collection[str] = TASKS
) -> Labelled:
    """Which labels a method of these tasks sees: of each task the first of the labelled order that have its label.

    So many as its share of them (a half is rounded to even). The unlabelled pool holds the images of the part that lack
    one of these labels or do not show it; at fraction 1 it is the whole training part.

    Raises:
        InputError: a share is not in (0, 1], or yields no mask, or no image of a class.
    """
    shares = {task: share_of(fraction, task) for task in TASKS if task in tasks}
    if not all(0 < share <= 1 for share in shares.values()):
        raise InputError(
            f"label fraction {fraction} was found; it must lie above 0 and be at most 1.\nCure: give 0.05 for 5 %"
        )
    order, known = labelled_order(dataset, partition, seed), known_labels(dataset)
    usable = [task for task in shares if known[task].any()]
    having = {task: order[known[task][order]] for task in usable}
    joint = all(
        shares[task] == shares[usable[0]] and np.array_equal(having[task], having[usable[0]]) for task in usable
    )
    shown = {task: _shown(dataset, having[task], shares[task], task, joint=joint) for task in usable}
    everything = all(len(shown[task]) == len(having[task]) for task in usable)
    served = partition.train[:0] if everything or not usable else shown[usable[0]]
    for task in usable[1:]:
        served = np.intersect1d(served, shown[task])
    rest = np.setdiff1d(partition.train, served)
    none = partition.train[:0]
    return Labelled(
        classed=shown.get(CLASSIFICATION, none),
        masked=shown.get(SEGMENTATION, none),
        unlabelled=rest if len(rest) else partition.train,
        joint=joint,
    )


def _shown(dataset: Dataset, having: Rows, share: float, task: str, *, joint: bool) -> Rows:
    """The first of the images that have a task's label.

    Raises:
        InputError: they are too few.
    """
    count = round(share * len(having))
    kinds = dataset.labels[having] if task == CLASSIFICATION else np.zeros_like(having)
    first = {int(kind): int(np.flatnonzero(kinds == kind)[0]) for kind in np.unique(kinds)}
    needed = 1 + max(first.values(), default=0)
    if count < needed:
        lost = [dataset.classes[kind] for kind, place in first.items() if place >= count]
        missing = ", ".join(lost) if task == CLASSIFICATION else "the masks"
        what = "labelled training images" if joint else f"training images with a {_WORDS[task]}"
        least = f"at least {_smallest_fraction(needed, len(having)):g} ({needed} images)" if len(having) else "more"
        raise InputError(
            f"label fraction {share:g} of {len(having)} {what} is {count} images and yields none of {missing}.\n"
            f"Cure: give {least}"
        )
    return having[:count]


def _check_spec(spec: PartitionSpec) -> None:
    problems = Problems("the partition cannot be made")
    if spec.split not in SPLITS:
        near = difflib.get_close_matches(spec.split, SPLITS, 1, 0)
        problems.add(f"split: {spec.split!r} was found, one of {', '.join(SPLITS)} expected; nearest is {near[0]!r}")
    if spec.split_seed < 0:
        problems.add(f"data.split_seed: {spec.split_seed} was found, 0 or more expected")
    for key, share in (("data.test", spec.test), ("data.validation", spec.validation)):
        if not 0 < share < 1:
            problems.add(f"{key}: {share} was found, a share between 0 and 1 expected")
    problems.raise_if_any("mend the keys above")


def _drawn_parts(dataset: Dataset, labelled: NDArray[np.bool_], spec: PartitionSpec) -> Rows:
    """[N] 0 train, 1 validation, 2 test; an unlabelled image goes where its group goes."""
    if spec.split == "paper" and (len(dataset) != sum(PAPER) or not labelled.all()):
        raise InputError(
            f"{dataset.path}: split=paper needs {sum(PAPER)} labelled images; {len(dataset)} images were found, "
            f"{int(labelled.sum())} of them labelled.\nCure: split=group, or split=patch"
        )
    units = dataset.groups if spec.split == "group" else np.arange(len(dataset))
    kinds = _kinds(dataset)
    width = max(len(dataset.classes), int(kinds[labelled].max())) + 1
    counts = np.zeros((int(units.max()) + 1, width), dtype=np.int64)
    np.add.at(counts, (units[labelled], kinds[labelled]), 1)
    number = int(labelled.sum())
    rng = np.random.Generator(np.random.PCG64([spec.split_seed, _PARTITION_STREAM]))
    unit_part = np.zeros(len(counts), dtype=np.int64)
    free = np.flatnonzero(counts.sum(1) > 0)
    for part in (2, 1):
        left = int(counts[free].sum())
        share = spec.test * number if part == 2 else spec.validation * left
        size = PAPER[part] if spec.split == "paper" else share
        chosen = divide_units(counts[free], size, rng)
        unit_part[free[chosen]] = part
        free = free[~chosen]
    return unit_part[units]


def _kinds(dataset: Dataset) -> Rows:
    """[N] numbers of what is divided in proportion: the classes, those without one, and each without a mask."""
    width = len(dataset.classes) + 1
    lacks_mask = dataset.has_mask.any() & ~dataset.has_mask
    return np.asarray(dataset.labels % width + width * lacks_mask, dtype=np.int64)


def _given_parts(dataset: Dataset) -> Rows:
    """[N] 0 train, 1 validation, 2 test, as the index says."""
    problems = Problems(f"{dataset.path}: split=given needs a split for every image")
    part = np.zeros(len(dataset), dtype=np.int64)
    for row, (name, split) in enumerate(dataset.index.select("id", "split").iter_rows()):
        if split in PARTS:
            part[row] = PARTS.index(split)
        else:
            problems.add(
                f"index row {row} (id {name!r}): split {split!r} was found, one of {', '.join(PARTS)} expected"
            )
    problems.raise_if_any("fill the split column of labels.csv and prepare the dataset again, or use split=group")
    return part


def _check_classes(dataset: Dataset, spec: PartitionSpec, rows: list[Rows], labelled: NDArray[np.bool_]) -> None:
    """Refuse a part that lacks one of the classes or any mask, where there are some, or that is empty."""
    problems = Problems(f"{dataset.path}: the partition (split={spec.split}, split_seed={spec.split_seed}) is refused")
    classes = dataset.classes if (dataset.labels >= 0).any() else ()
    masks = int(dataset.has_mask.sum())
    for name, part in zip(PARTS, rows, strict=True):
        labels = dataset.labels[part]
        counts = {title: int((labels == number).sum()) for number, title in enumerate(classes)}
        told = ", ".join(f"{title} {count}" for title, count in counts.items())
        if not labelled[part].any():
            problems.add(f"the {name} part holds no labelled image")
            continue
        for title in (title for title, count in counts.items() if not count):
            of = int((dataset.labels == classes.index(title)).sum())
            problems.add(f"the {name} part holds no image of class {title} ({told}); the dataset has {of}")
        if masks and not dataset.has_mask[part].any():
            problems.add(f"the {name} part holds no image with a mask; the dataset has {masks}")
    problems.raise_if_any(
        "mend the split column"
        if spec.split == "given"
        else "larger data.test or data.validation, another data.split_seed, or more groups that hold what is missing"
    )


def _smallest_fraction(needed: int, number: int) -> float:
    """The smallest fraction of four decimals that yields `needed` of `number` images."""
    steps = math.floor(10_000 * (needed - 0.5) / number)
    while round(steps / 10_000 * number) < needed:
        steps += 1
    return min(1.0, steps / 10_000)
