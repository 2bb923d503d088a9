import polars as pl
import pytest

from s4mcl_trainables.data.dataset import INDEX_SCHEMA, group_ordinals
from s4mcl_trainables.data.group_hashes import hash_groups
from s4mcl_trainables.data.index_frame import index_frame, typed_column
from s4mcl_trainables.data.sources.source import Item, Source

ITEMS = [
    Item("c", "images/c.png", group="Jane", metadata=("7", "x")),
    Item("a", "images/a.png", ("masks/a.png",), "y", "Jane", "train", ("8", "")),
    Item("b", "images/b.png", label="x", metadata=("", "z")),
    Item("Jane", "images/Jane.png"),
]


def test_groups_are_kept_and_hidden() -> None:
    first, second = hash_groups(ITEMS), hash_groups(ITEMS)
    assert group_ordinals(first).tolist() == [0, 0, 1, 2]
    assert not set(first) & set(second)
    assert all(len(name) == 24 and int(name, 16) >= 0 for name in first)


def test_the_index_follows_the_items_sorted() -> None:
    frame = index_frame(Source("table", ITEMS[:3], ("width", "site")), ("x", "y"))
    assert frame["id"].to_list() == ["a", "b", "c"]
    assert frame["label"].to_list() == [1, 0, None]
    assert frame["has_mask"].to_list() == [True, False, False]
    assert frame["split"].to_list() == ["train", None, None]
    assert frame["width"].to_list() == [8, None, 7]
    assert frame["site"].to_list() == [None, "z", "x"]
    assert {name: frame.schema[name] for name in INDEX_SCHEMA} == INDEX_SCHEMA


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "", "-2"], pl.Int64),
        (["1.5", "2"], pl.Float64),
        (["1", "x"], pl.String),
        (["01", "2"], pl.String),
        (["", ""], pl.String),
        (["0", "0.5"], pl.Float64),
    ],
)
def test_types_are_found(cells: list[str], dtype: type[pl.DataType]) -> None:
    assert typed_column("c", cells).dtype == dtype
