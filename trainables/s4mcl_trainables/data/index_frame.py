"""The index of a prepared dataset, made from the items of a source."""

from collections.abc import Sequence

import polars as pl

from s4mcl_trainables.data.dataset import INDEX_SCHEMA
from s4mcl_trainables.data.group_hashes import hash_groups
from s4mcl_trainables.data.sources.source import Source


def index_frame(source: Source, classes: Sequence[str]) -> pl.DataFrame:
    """One row an item in the items' order: `INDEX_SCHEMA`, then the metadata columns with their types found."""
    number = {name: position for position, name in enumerate(classes)}
    items = source.items
    frame = pl.DataFrame(
        {
            "id": [item.id for item in items],
            "label": [None if item.label is None else number[item.label] for item in items],
            "has_mask": [bool(item.masks) for item in items],
            "group": hash_groups(items),
            "split": [item.split for item in items],
        },
        schema=INDEX_SCHEMA,
    )
    columns = [
        typed_column(name, [item.metadata[position] for item in items]) for position, name in enumerate(source.metadata)
    ]
    return frame.with_columns(columns)


def typed_column(name: str, cells: Sequence[str]) -> pl.Series:
    """Cells as whole numbers or floats where every filled cell is one, otherwise as text; empty cells are null.

    >>> typed_column("width", ["562", "", "90"]).to_list(), typed_column("site", ["007", "1"]).to_list()
    ([562, None, 90], ['007', '1'])
    """
    text = pl.Series(name, [cell or None for cell in cells], dtype=pl.String)
    if text.str.contains(r"^[+-]?0\d").any():  # a code with leading zeros is no number
        return text
    for dtype in (pl.Int64(), pl.Float64()):
        numbers = text.cast(dtype, strict=False)
        if numbers.null_count() == text.null_count() < len(text):
            return numbers
    return text
