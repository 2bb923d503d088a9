import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from s4mcl_trainables.data.check import NONE, CheckReport, check_dataset
from s4mcl_trainables.data.prepare import prepare
from s4mcl_trainables.problems import InputError


@pytest.fixture
def made(table: Any, dst: Path) -> Path:
    """Eight images: a twin, an empty and a full mask, a group that the split cuts, one without label and mask."""
    table.filled(7)
    table.header = "id,label,group,split"
    table.rows = [f"{row},g{number // 2},{['train', 'test'][number % 2]}" for number, row in enumerate(table.rows)]
    table.rows[6] = "a6,y,,"
    (table.root / "images" / "a6.png").write_bytes((table.root / "images" / "a0.png").read_bytes())
    table.save("masks/a1.png", np.zeros((16, 20), np.uint8))
    table.save("masks/a2.png", np.full((16, 20), 255, np.uint8))
    table.image("free.png", seed=99)
    prepare(table.write(), dst, size=16)
    return dst


def kinds(report: CheckReport) -> dict[str, list[list[str]]]:
    return {finding.kind: finding.ids for finding in report.findings}


def test_counts(made: Path) -> None:
    report = check_dataset(made)
    assert report.images == 8
    assert (report.size, report.dtype) == (16, "uint8")
    assert report.classes["x"] == {"images": 3, "with_mask": 3, "empty_mask": 0, "full_mask": 1}
    assert report.classes["y"] == {"images": 4, "with_mask": 4, "empty_mask": 1, "full_mask": 0}
    assert report.classes[NONE] == {"images": 1, "with_mask": 0, "empty_mask": 0, "full_mask": 0}
    assert report.masks == {"with": 7, "without": 1, "empty": 1, "full": 1}
    assert report.groups == {"groups": 5, "shared_groups": 3, "images_in_shared_groups": 6, "largest": 2}
    assert report.splits == {"train": 3, "validation": 0, "test": 3, NONE: 2}
    assert json.loads(json.dumps(report.to_dict()))["fingerprint"] == report.fingerprint


def test_findings(made: Path) -> None:
    found = kinds(check_dataset(made))
    assert found["near_duplicates"] == [["a0", "a6"]]
    assert found["empty_masks"] == [["a1"]]
    assert found["full_masks"] == [["a2"]]
    assert found["cut_groups"] == [["a0", "a1"], ["a2", "a3"], ["a4", "a5"]]


def test_twins_in_one_group_are_no_finding(table: Any, dst: Path) -> None:
    table.filled(4).header = "id,label,group"
    table.rows = [f"{row},{'same' if number < 2 else ''}" for number, row in enumerate(table.rows)]
    (table.root / "images" / "a1.png").write_bytes((table.root / "images" / "a0.png").read_bytes())
    prepare(table.write(), dst, size=16)
    assert check_dataset(dst).findings == []


def spoil_pixels(path: Path) -> None:
    images = np.lib.format.open_memmap(path / "images.npy", mode="r+")
    images[0, 0, 0, 0] ^= 1


def spoil_mask(path: Path) -> None:
    masks = np.lib.format.open_memmap(path / "masks.npy", mode="r+")
    masks[7, 0, 0, 0] = 3


def spoil_index(path: Path) -> None:
    index = pl.read_parquet(path / "index.parquet")
    changed = index.with_columns(pl.lit("twice").alias("id"), pl.lit(9, pl.Int32).alias("label"))
    changed.write_parquet(path / "index.parquet")


def drop_column(path: Path) -> None:
    pl.read_parquet(path / "index.parquet").drop("group").write_parquet(path / "index.parquet")


def cut_array(path: Path) -> None:
    np.save(path / "masks.npy", np.load(path / "masks.npy")[:, 0])


def empty_description(path: Path) -> None:
    (path / "dataset.json").write_text('{"format": 1}')


def no_json(path: Path) -> None:
    (path / "dataset.json").write_text("nothing")


def other_size(path: Path) -> None:
    text = (path / "dataset.json").read_text().replace('"size": 16', '"size": 32')
    (path / "dataset.json").write_text(text)


@pytest.mark.parametrize(
    ("spoil", "parts"),
    [
        (spoil_pixels, ["fingerprint"]),
        (spoil_mask, ["value 3 was found", "'free' has a mask"]),
        (spoil_index, ["'twice' stands more than once", "label 9, 2 classes"]),
        (drop_column, ["column 'group' is missing"]),
        (cut_array, ["masks.npy has 3 axes"]),
        (empty_description, ["dataset.json"]),
        (no_json, ["cannot be read"]),
        (other_size, ["images.npy", "masks.npy"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_dataset_is_refused(made: Path, spoil: Any, parts: list[str]) -> None:
    spoil(made)
    with pytest.raises(InputError) as caught:
        check_dataset(made)
    for part in (*parts, "Cure:"):
        assert part in str(caught.value)
