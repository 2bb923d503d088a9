"""A dataset on its way to nodes that do not see its folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from s4mcl_trainables.data.carried import on_this_node, packed
from s4mcl_trainables.data.dataset import open_dataset


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_itself_is_used_where_it_is_seen(shapes: Path, node: Path) -> None:
    mark = open_dataset(shapes).fingerprint
    assert on_this_node(shapes, mark, np.zeros(0, dtype=np.uint8)) == shapes
    assert list(node.rglob("*.npy")) == []


def test_elsewhere_it_is_unpacked_once(shapes: Path, node: Path) -> None:
    own = open_dataset(shapes)
    gone = node / "not here"
    found = on_this_node(gone, own.fingerprint, packed(shapes))
    there = open_dataset(found)
    assert (there.fingerprint, len(there)) == (own.fingerprint, len(own))
    assert np.array_equal(there.images, own.images)
    assert np.array_equal(there.masks, own.masks)
    assert on_this_node(gone, own.fingerprint, np.zeros(0, dtype=np.uint8)) == found  # nothing is unpacked again
    assert [path.name for path in found.parent.iterdir()] == [own.fingerprint]


def test_workers_of_a_node_may_unpack_at_once(shapes: Path, node: Path) -> None:
    mark, carried = open_dataset(shapes).fingerprint, packed(shapes)
    with ThreadPoolExecutor(8) as workers:
        found = set(workers.map(lambda _: on_this_node(node / "gone", mark, carried), range(16)))
    (folder,) = found
    assert open_dataset(folder).fingerprint == mark
    assert [path.name for path in folder.parent.iterdir()] == [mark]


def test_one_that_is_damaged_makes_way(shapes: Path, node: Path) -> None:
    mark, carried = open_dataset(shapes).fingerprint, packed(shapes)
    folder = on_this_node(node / "gone", mark, carried)
    (folder / "dataset.json").write_text("{")
    assert on_this_node(node / "gone", mark, carried) == folder
    assert open_dataset(folder).fingerprint == mark
