"""Numbers that stand in JSON documents, as columns."""

import json
from collections.abc import Collection
from typing import Any

import polars as pl

from s4mcl.ledger.documents import decode


def number_columns(texts: pl.Series, prefixes: tuple[str, ...], wanted: Collection[str] | None = None) -> pl.DataFrame:
    """A Float64 column for each name at the top of a document that begins with a prefix and is a number somewhere.

    What is no number, and what a document lacks, is null; true is 1. A text that is null is an empty document.

    Args:
        wanted: if given, the names that have a column each instead, whatever the documents hold.
    """
    names = sorted(_names(texts, prefixes) if wanted is None else wanted)
    if not names:
        return pl.DataFrame()
    try:
        decoded = texts.str.json_decode(pl.Struct(dict.fromkeys(names, pl.Float64))).struct.unnest()
    except pl.exceptions.ComputeError:  # somewhere one of them is no number, which Polars does not pass over
        documents = [decode(text) or {} for text in texts]
        decoded = pl.DataFrame({name: _series(name, documents) for name in names})
    found = [name for name in names if wanted is not None or decoded[name].null_count() < texts.len()]
    if not found:
        return pl.DataFrame()  # no names in brackets would be no rows
    return decoded[found]  # brackets take names as they are; select would read "^...$" as a pattern


def _names(texts: pl.Series, prefixes: tuple[str, ...]) -> list[str]:
    """All names that begin with a prefix, those inside of other values too: these turn out to be no numbers."""
    name = rf'"(?:{"|".join(prefixes)})(?:[^"\\]|\\.)*":'
    told = texts.str.extract_all(name).list.explode(empty_as_null=False).drop_nulls().unique()
    return [json.loads(text.removesuffix(":")) for text in told]


def _series(name: str, documents: list[dict[str, Any]]) -> pl.Series:
    return pl.Series(name, [_number(document.get(name)) for document in documents], pl.Float64)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
