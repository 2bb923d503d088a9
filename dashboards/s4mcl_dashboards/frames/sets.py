"""Sets and their scores: of a design over transform sets, and of the proposals of a search."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from s4mcl.statistics.interval import t_interval
from s4mcl_dashboards.frames.arms import decoded
from s4mcl_dashboards.frames.completed import Completed

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "rank": pl.Int64,
    "members": pl.List(pl.String),
    "n": pl.Int64,
    **dict.fromkeys(("mean", "low", "high"), pl.Float64),
    "shown": pl.Boolean,
    "base": pl.Boolean,
    "trials": pl.List(pl.String),
}
MOST = 24  # columns that a phone can show


def proposed_sets_frame(completed: Completed, hyperparameter: str) -> pl.DataFrame:
    """One row a set that completed proposals held, the best mean score first.

    The mean is over the `n` proposals with that set, whatever else they were given; the limits are Student's t over
    them, null for a set that was proposed once. `trials` are the numbers of the proposals, the best score first.

    Args:
        completed: of one method and label fraction.
        hyperparameter: one that is a list.
    """
    column, places = completed.column(hyperparameter), dict[tuple[str, ...], list[int]]()
    for place in completed.ranked:
        held = column[place]
        if isinstance(held, list):
            places.setdefault(tuple(sorted(str(element) for element in held)), []).append(place)
    rows = []
    for members, own in places.items():
        each = t_interval([completed.scores[place] for place in sorted(own)])
        trials = [str(completed.numbers[place]) for place in own]
        rows.append(_row(members, each.n, each.mean, each.low, each.high) | {"trials": trials})
    return _ranked(rows)


def arm_sets_frame(block: pl.DataFrame, arms: pl.DataFrame, means: pl.DataFrame, parameter: str) -> pl.DataFrame:
    """One row an arm of a design over sets, the best mean score first; the base is the design's reference.

    The mean and its limits are over seeds; `shown` says whether the statistics show a difference from the base, and
    `trials` is the arm's cohort.

    Args:
        block: the effects of one design, method and label fraction.
        arms: as the ledger gives them.
        means: as `arm_means_frame` gives them.
        parameter: the hyperparameter that is a set.
    """
    place = {name: block[name][0] for name in ("design", "method", "label_fraction")}
    verdicts = dict(block.select("term", "verdict").rows())
    reference = block["reference"][0]
    own = {row["name"]: row for row in arms.filter(**place).to_dicts()}
    held = {name: decoded(row["hyperparameters"]).get(parameter) for name, row in own.items()}
    rows = [
        _row(members, row["n"], row["mean"], row["low"], row["high"])
        | {"base": row["arm"] == reference, "shown": verdicts.get(row["arm"]) in ("higher", "lower")}
        | {"trials": [own[row["arm"]]["cohort"]] if own[row["arm"]].get("cohort") else []}
        for row in means.filter(**place).to_dicts()
        if isinstance(members := held.get(row["arm"]), list)
    ]
    return _ranked(rows)


def leading(sets: pl.DataFrame, most: int = MOST) -> pl.DataFrame:
    """The `most` best sets, and the base in the last place where it is not among them."""
    if sets.height <= most:
        return sets
    first = sets.head(most)
    base = sets.filter(pl.col("base"))
    return first if base.is_empty() or first["base"].any() else pl.concat([first.head(most - 1), base])


def elements_of(sets: pl.DataFrame) -> tuple[list[str], list[str]]:
    """The elements that some sets hold and others do not, the commonest first; and those that all hold."""
    counted: dict[str, int] = {}
    for members in sets["members"].to_list():
        for element in dict.fromkeys(members):
            counted[element] = counted.get(element, 0) + 1
    always = [element for element, times in counted.items() if times == sets.height]
    return sorted((name for name in counted if name not in always), key=lambda name: -counted[name]), always


def _row(members: Sequence[Any], n: int, mean: float | None, low: float | None, high: float | None) -> dict[str, Any]:
    texts = [str(member) for member in members]
    limits = {"mean": mean, "low": low, "high": high}
    return {"members": texts, "n": n, **limits, "shown": False, "base": False, "trials": []}


def _ranked(rows: list[dict[str, Any]]) -> pl.DataFrame:
    ordered = sorted(rows, key=lambda row: (-row["mean"], row["members"]))
    return pl.DataFrame([{**row, "rank": rank} for rank, row in enumerate(ordered, start=1)], schema=SCHEMA)
