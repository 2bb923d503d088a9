"""Whether the parts of a prepared dataset fit together and are still what was written."""

from typing import Any

import polars as pl

from s4mcl_trainables.data.dataset import INDEX_SCHEMA, Dataset, fingerprint
from s4mcl_trainables.data.mask_coverage import MaskCoverage
from s4mcl_trainables.problems import Problems


def require_integrity(dataset: Dataset, coverage: MaskCoverage) -> None:
    """Refuse a dataset whose index, arrays or fingerprint do not fit together.

    Raises:
        InputError: every fault of it.
    """
    problems = Problems(f"{dataset.path} is damaged")
    cure = "prepare it again; a prepared dataset is never edited"
    problems.extend(_array_faults(dataset))
    for name, dtype in INDEX_SCHEMA.items():
        found = dataset.index.schema.get(name)
        if found != dtype:
            problems.add(f"index.parquet: column {name!r} is {found or 'missing'}, {dtype} is expected")
    problems.raise_if_any(cure)
    problems.extend(_index_faults(dataset.index, len(dataset.classes)))
    problems.extend(_mask_faults(dataset, coverage))
    problems.raise_if_any(cure)
    mark = fingerprint(dataset.images, dataset.masks, dataset.index, dataset.classes)
    if mark != dataset.fingerprint:
        problems.add(f"dataset.json: fingerprint {dataset.fingerprint!r}, but the files give {mark!r}")
    problems.raise_if_any(cure)


def _array_faults(dataset: Dataset) -> list[str]:
    size, count = dataset.size, len(dataset)
    faults = []
    if dataset.images.shape != (count, 1, size, size) or str(dataset.images.dtype) not in ("uint8", "uint16"):
        faults.append(_array_fault("images.npy", dataset.images, f"({count}, 1, {size}, {size}) uint8 or uint16"))
    if dataset.masks.ndim != 4 or dataset.masks.shape[2:] != (size, size) or str(dataset.masks.dtype) != "uint8":
        faults.append(_array_fault("masks.npy", dataset.masks, f"({count}, M, {size}, {size}) uint8"))
    return faults


def _array_fault(name: str, array: Any, expected: str) -> str:
    return f"{name}: {array.shape} {array.dtype} was found, {expected} is expected"


def _index_faults(index: pl.DataFrame, classes: int) -> list[str]:
    faults = [
        f"index.parquet: column {name!r} is empty in {index[name].null_count()} rows"
        for name in ("id", "has_mask", "group")
        if index[name].null_count()
    ]
    doubled = index.filter(pl.col("id").is_duplicated())["id"].unique().sort().to_list()
    faults += [f"index.parquet: id {name!r} stands more than once" for name in doubled]
    beyond = index.filter((pl.col("label") < 0) | (pl.col("label") >= classes))
    faults += [
        f"index.parquet: {row['id']!r} has label {row['label']}, {classes} classes are known"
        for row in beyond.to_dicts()
    ]
    known = ("train", "validation", "test")
    odd = index.filter(~pl.col("split").is_in(known))
    return faults + [f"index.parquet: {row['id']!r} has split {row['split']!r}" for row in odd.to_dicts()]


def _mask_faults(dataset: Dataset, coverage: MaskCoverage) -> list[str]:
    faults = [f"masks.npy: value {coverage.highest} was found, 0 and 1 are expected"] if coverage.highest > 1 else []
    if dataset.index["has_mask"].null_count():
        return faults
    odd = ~dataset.has_mask & ~coverage.empty
    return faults + [
        f"masks.npy: {name!r} has a mask, its index row says none" for name in dataset.index["id"].filter(odd)
    ]
