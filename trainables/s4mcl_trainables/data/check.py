"""Checks a prepared dataset: counts, and what a person should look at before training on it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import Dataset, open_dataset
from s4mcl_trainables.data.integrity import require_integrity
from s4mcl_trainables.data.mask_coverage import MaskCoverage, mask_coverage
from s4mcl_trainables.data.near_duplicates import clusters, near_duplicates
from s4mcl_trainables.problems import InputError

NONE = "(none)"  # how counts name what has no label or no split


@dataclass(frozen=True)
class Finding:
    """Something to look at. `ids` lists the images, a list for each cluster of them."""

    kind: str
    text: str
    ids: list[list[str]]


@dataclass(frozen=True)
class CheckReport:
    """Counts and findings; plain values only, so that it can be written as JSON."""

    path: str
    name: str
    fingerprint: str
    images: int
    size: int
    dtype: str
    classes: dict[str, dict[str, int]]  # class: images, with_mask, empty_mask, full_mask
    masks: dict[str, int]
    groups: dict[str, int]
    splits: dict[str, int]
    findings: list[Finding]

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values."""
        return asdict(self)


def check_dataset(path: Path) -> CheckReport:
    """Open a prepared dataset, recompute its fingerprint and count what is in it.

    Raises:
        InputError: it is no prepared dataset, or its parts do not fit together.
    """
    dataset = _open(path)
    if dataset.masks.ndim != 4:
        raise InputError(
            f"{dataset.path}: masks.npy has {dataset.masks.ndim} axes, 4 are expected.\nCure: prepare it again"
        )
    coverage = mask_coverage(dataset.masks)
    require_integrity(dataset, coverage)
    has_mask = dataset.has_mask
    return CheckReport(
        path=str(dataset.path),
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        images=len(dataset),
        size=dataset.size,
        dtype=str(dataset.images.dtype),
        classes=_class_counts(dataset, coverage),
        masks={
            "with": int(has_mask.sum()),
            "without": int((~has_mask).sum()),
            "empty": int((has_mask & coverage.empty).sum()),
            "full": int(coverage.full.sum()),
        },
        groups=_group_counts(dataset.groups),
        splits=_split_counts(dataset.index),
        findings=[*_duplicate_findings(dataset), *_mask_findings(dataset, coverage), *_split_findings(dataset.index)],
    )


def _open(path: Path) -> Dataset:
    try:
        return open_dataset(path)
    except (KeyError, TypeError, AttributeError) as error:  # dataset.json is JSON, but not ours
        raise InputError(f"{path}: dataset.json lacks what is expected: {error}.\nCure: prepare it again") from error


def _class_counts(dataset: Dataset, coverage: MaskCoverage) -> dict[str, dict[str, int]]:
    labels, has_mask = dataset.labels, dataset.has_mask
    counts = {}
    for number, name in [*enumerate(dataset.classes), (-1, NONE)]:
        of_class = labels == number
        counts[name] = {
            "images": int(of_class.sum()),
            "with_mask": int((of_class & has_mask).sum()),
            "empty_mask": int((of_class & has_mask & coverage.empty).sum()),
            "full_mask": int((of_class & coverage.full).sum()),
        }
    return counts


def _group_counts(groups: NDArray[np.int64]) -> dict[str, int]:
    sizes = np.bincount(groups) if len(groups) else np.zeros(0, dtype=np.int64)
    shared = sizes[sizes > 1]
    return {
        "groups": len(sizes),
        "shared_groups": len(shared),
        "images_in_shared_groups": int(shared.sum()),
        "largest": int(sizes.max(initial=0)),
    }


def _split_counts(index: pl.DataFrame) -> dict[str, int]:
    splits = index["split"].fill_null(NONE).to_list()
    return {name: splits.count(name) for name in ("train", "validation", "test", NONE)}


def _duplicate_findings(dataset: Dataset) -> list[Finding]:
    """Near-duplicates in different groups: a partition by group may put one into training and one into the test."""
    pairs = near_duplicates(dataset.images)
    groups, labels, ids = dataset.groups, dataset.labels, dataset.index["id"].to_list()
    apart = pairs[groups[pairs[:, 0]] != groups[pairs[:, 1]]]
    if not len(apart):
        return []
    found = clusters(apart)
    rows = sum(len(cluster) for cluster in found)
    mixed = sum(len(set(labels[cluster].tolist())) > 1 for cluster in found)
    text = f"{len(found)} clusters of near-duplicates ({rows} images) that no group holds together"
    return [
        Finding(
            "near_duplicates",
            f"{text}; {mixed} of them hold several classes" if mixed else text,
            [[ids[row] for row in cluster] for cluster in found],
        )
    ]


def _mask_findings(dataset: Dataset, coverage: MaskCoverage) -> list[Finding]:
    findings = []
    names = [*dataset.classes, NONE]
    for kind, which in (("empty_masks", dataset.has_mask & coverage.empty), ("full_masks", coverage.full)):
        if which.any():
            numbers = dataset.labels[which]
            by_class = ", ".join(f"{names[n]} {int((numbers == n).sum())}" for n in sorted(set(numbers.tolist())))
            text = f"{int(which.sum())} masks are {kind.removesuffix('_masks')} ({by_class})"
            findings.append(Finding(kind, text, [dataset.index["id"].filter(which).to_list()]))
    return findings


def _split_findings(index: pl.DataFrame) -> list[Finding]:
    """Groups that the given split cuts: their images would be trained on and tested on."""
    given = index.filter(pl.col("split").is_not_null())
    cut = given.filter(pl.col("split").n_unique().over("group") > 1)
    if cut.is_empty():
        return []
    ids = cut.group_by("group", maintain_order=True).agg("id")["id"].to_list()
    return [Finding("cut_groups", f"{len(ids)} groups are cut by the given split", ids)]
