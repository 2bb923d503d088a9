"""Opening and describing a prepared dataset."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from s4mcl_trainables.data.check import check_dataset
from s4mcl_trainables.data.dataset import open_dataset, write_description
from s4mcl_trainables.data.phantom import write_phantom
from s4mcl_trainables.problems import InputError
from shapes_dataset import write_shapes


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_shapes(tmp_path / "dataset", images=6, size=16)


def describe(path: Path, **changes: Any) -> None:
    plain = json.loads((path / "dataset.json").read_text(encoding="utf-8"))
    kept = {name: value for name, value in {**plain, **changes}.items() if value is not None}
    (path / "dataset.json").write_text(json.dumps(kept), encoding="utf-8")


def test_a_good_dataset(dataset: Path) -> None:
    opened = open_dataset(dataset)
    assert (opened.name, opened.size, opened.classes, len(opened)) == ("shapes", 16, ("disc", "bar"), 6)
    assert opened.labels.tolist() == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("key", ["name", "size", "images", "classes", "fingerprint"])
def test_a_missing_key_is_told(dataset: Path, key: str) -> None:
    describe(dataset, **{key: None})
    with pytest.raises(InputError, match=rf"dataset\.json: {key} must be of type \w+, nothing was found"):
        open_dataset(dataset)


def test_all_problems_are_told_at_once(dataset: Path) -> None:
    describe(dataset, name=3, classes="disc", size=32)
    pl.read_parquet(dataset / "index.parquet").drop("label").head(5).write_parquet(dataset / "index.parquet")
    with pytest.raises(InputError) as caught:
        open_dataset(dataset)
    for part in (
        "name must be of type str, 3 was found",
        "classes must be of type list, 'disc' was found",
        "column 'label' is missing, Int32 is expected",
        "6 images, 6 masks, 5 index rows and 6 told images do not fit",
        "images.npy: [6, 1, 16, 16] uint8 was found, [N,C,32,32] uint8 or uint16 is expected",
        "Cure: make one with",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "null", "3", "{}", '{"format": 2}', "{", "\udcff"])
def test_a_description_that_is_none(dataset: Path, text: str) -> None:
    (dataset / "dataset.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match="Cure: make one with"):
        open_dataset(dataset)


@pytest.mark.parametrize("name", ["images.npy", "masks.npy", "index.parquet", "dataset.json"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_file_that_is_missing_empty_or_something_else(dataset: Path, name: str, content: bytes | None) -> None:
    (dataset / name).unlink()
    if content is not None:
        (dataset / name).write_bytes(content)
    with pytest.raises(InputError, match="Cure: make one with"):
        open_dataset(dataset)


def test_pickled_arrays_are_refused(dataset: Path) -> None:
    np.save(dataset / "masks.npy", np.array([{}] * 6, dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="cannot be read"):
        open_dataset(dataset)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (pl.exceptions.ComputeError("No space left on device (os error 28)"), "No space left"),
        (OSError(5, "eio"), "eio"),
    ],
)
def test_an_index_that_cannot_be_written(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, text: str
) -> None:
    index = open_dataset(dataset).index

    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(pl.DataFrame, "write_parquet", refuse)
    with pytest.raises(OSError, match=text):
        write_description(dataset, name="x", classes=("a",), source={}, index=index)
    with pytest.raises(InputError, match=text):
        write_phantom(tmp_path / "phantom", images=8, size=16)
    assert {each.name for each in tmp_path.iterdir()} == {"dataset"}


@pytest.mark.parametrize("name", ["a[1]*x", "b?", "${x}", "s p,a=c", "ü", "[!a]", "**", "file:"])
def test_the_folder_is_taken_literally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write_phantom(tmp_path / "b1", images=8, size=16, seed=1)  # what some of the names would match as patterns
    mark = write_phantom(tmp_path / name, images=8, size=16)
    assert open_dataset(tmp_path / name).fingerprint == mark
    assert check_dataset(tmp_path / name).fingerprint == mark
    monkeypatch.chdir(tmp_path)
    assert open_dataset(name).fingerprint == mark
