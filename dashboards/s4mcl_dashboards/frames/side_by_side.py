"""Several studies in one frame: the means of each, and what keeps them from being compared."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from s4mcl_dashboards.frames.label_fraction import SCHEMA, confirm_trials
from s4mcl_dashboards.material import Material

ABOUT: dict[str, Any] = {
    "study": pl.String,
    "dataset": pl.String,
    "images": pl.List(pl.Int64),
    "methods": pl.List(pl.String),
    "fractions": pl.List(pl.Float64),
    "seeds": pl.Int64,
    "iterations": pl.Int64,
    "trials": pl.Int64,
    "completed": pl.Int64,
    "part": pl.String,
}


def side_by_side_frame(studies: Mapping[str, Material]) -> pl.DataFrame:
    """The `label_fraction_frame` of each study, with the column `study` before the others."""
    frames = [
        material.effect.select(pl.lit(name, pl.String).alias("study"), pl.all()) for name, material in studies.items()
    ]
    return pl.concat([pl.DataFrame(schema={"study": pl.String, **SCHEMA}), *frames])


def about_frame(studies: Mapping[str, Material]) -> pl.DataFrame:
    """One row a study: dataset, images (training, validation, test), methods, what was trained, and on which part.

    `trials` and `completed` count those of the confirm stage; `iterations` is the budget of a trial.
    """
    rows = []
    for name, material in studies.items():
        confirm = confirm_trials(material.trials)
        sizes = [material.partition.get(part) for part in ("train", "validation", "test")]
        row = {
            "study": name,
            "dataset": material.dataset.get("name"),
            "images": [size for size in sizes if isinstance(size, int)],
            "methods": material.methods,
            "fractions": material.fractions,
            "seeds": confirm["seed"].n_unique(),
            "iterations": (material.config.get("budget") or {}).get("iterations"),
            "trials": confirm.height,
            "completed": confirm.filter(pl.col("state") == "completed").height,
            "part": material.part,
        }
        rows.append(row)
    return pl.DataFrame(rows, schema=ABOUT)


SHORT = 24  # letters
FATAL: tuple[tuple[str, Callable[[Material], Any]], ...] = (
    ("datasets", lambda material: material.dataset.get("fingerprint") or material.dataset.get("name")),
    (
        "partitions into training, validation and test images",
        lambda material: material.partition.get("fingerprint") or _sizes(material.partition),
    ),
    ("parts of the partition that the values are of", lambda material: material.part),
)
UNEQUAL: tuple[tuple[str, Callable[[Material], Any]], ...] = (
    ("budgets of training iterations", lambda material: (material.config.get("budget") or {}).get("iterations")),
    ("image sizes", lambda material: material.config.get("image_size")),
    ("widths or depths of the networks", lambda material: [material.config.get(name) for name in ("width", "depth")]),
    ("commits of the code", lambda material: material.provenance.get("commit")),
)


def differing(
    studies: Mapping[str, Material], told: tuple[tuple[str, Callable[[Material], Any]], ...]
) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Each of `told` in which the studies differ: every value as a short text, with the studies that have it.

    A study that does not say, as one of an earlier version may not, is like no other one.
    """
    found = []
    for what, value_of in told:
        alike: dict[str, tuple[str, list[str]]] = {}
        for name, material in studies.items():
            value = value_of(material)
            key = f"? {name}" if value is None else json.dumps(value, default=str)
            alike.setdefault(key, (_short(value), []))[1].append(name)
        if len(alike) > 1:
            found.append((what, list(alike.values())))
    return found


def _short(value: Any) -> str:
    """A fingerprint in its first letters, which tell it apart."""
    if value is None:
        return "not told"
    if isinstance(value, list):
        return " / ".join(_short(item) for item in value)
    text = {"test": "test", "val": "validation"}.get(str(value), str(value))
    return text if len(text) <= SHORT else f"{text[:8]}…"


def _sizes(partition: Mapping[str, Any]) -> list[Any] | None:
    sizes = [partition.get(part) for part in ("train", "validation", "test")]
    return sizes if any(sizes) else None
