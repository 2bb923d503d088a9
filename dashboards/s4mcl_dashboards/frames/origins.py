"""What trained the trials: commits, devices and versions, where they differ between trials."""

import json
from typing import Any

import polars as pl

COLUMNS = ("commit", "device", "precision", "processor", "threads", "python", "torch", "ray")
SCHEMA = {**dict.fromkeys(COLUMNS, pl.String), "trials": pl.Int64}


def origins_frame(trials: pl.DataFrame) -> pl.DataFrame:
    """One row a commit, machine and set of versions that trials were trained with, the commonest first.

    Columns: commit, device, precision, processor, threads, python, torch, ray (null where it is not told), trials.
    Trials that no worker has begun have none.
    """
    if "provenance" not in trials.columns or trials.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    told = trials.unique("key", maintain_order=True)["provenance"].drop_nulls()
    counts = told.to_frame("text").group_by("text", maintain_order=True).len()
    rows = [{**_origin(text), "trials": amount} for text, amount in counts.rows()]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    return frame.group_by(COLUMNS, maintain_order=True).agg(pl.col("trials").sum()).sort("trials", descending=True)


def _origin(text: str) -> dict[str, str | None]:
    try:
        loaded: Any = json.loads(text)
    except json.JSONDecodeError:
        return {}
    told = loaded if isinstance(loaded, dict) else {}
    parts = [part if isinstance(part, dict) else {} for part in (told.get("machine"), told.get("versions"), told)]
    found = {name: next((part[name] for part in parts if name in part), None) for name in COLUMNS}
    return {name: None if value is None else str(value) for name, value in found.items()}
