"""Training curves of single trials: everything that they reported, and where early stopping judged them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from s4mcl_dashboards.frames.schema import PROPOSALS, REPORTS, complete
from s4mcl_dashboards.frames.thinning import thinned

LONGEST = 60  # points of a curve
SCHEMA = {"key": pl.String, "quantity": pl.String, "iteration": pl.Int64, "value": pl.Float64}
COUNTS = ("val_n_empty_gt", "val_majority_rate", "n_empty_gt", "majority_rate")  # of the data, the same in every report
TOGETHER = {  # quantities that are read against each other: a picture for all of them
    "Validation": ("val_score", "val_dice", "val_balanced_accuracy"),
    "Discriminator: share judged rightly": (
        "discriminator/real_accuracy",
        "discriminator/fake_accuracy",
        "discriminator/surrogate_accuracy",
    ),
}
LOSS, OF_LOSS = "loss/", ("loss/generator", "loss/discriminator")


@dataclass(frozen=True)
class Panel:
    """One picture of a trial's curves: its title and its quantities."""

    title: str
    quantities: tuple[str, ...]


def trial_curves_frame(reports: pl.DataFrame | pl.LazyFrame, longest: int = LONGEST) -> pl.DataFrame:
    """Columns key, quantity, iteration, value: the curves of the trials that the reports are of.

    A value that was not finite, or missing from one report, is null: a gap in the curve. A quantity of which a trial
    told no finite value has no rows. A trial of more than `longest` reports keeps every k-th, and its last.

    Args:
        reports: as the ledger gives them, of a few trials: key, iteration, and a column a quantity.
    """
    frame = complete(reports.lazy().collect(), REPORTS)
    quantities = [name for name in frame.columns if name not in REPORTS and name not in COUNTS]
    quantities = [name for name in quantities if frame.schema[name].is_numeric()]
    if not quantities or frame.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    ordered = frame.unique(["key", "iteration"], keep="last", maintain_order=True).sort("key", "iteration")
    rows = thinned(ordered, ["key"], longest).unpivot(
        on=quantities, index=["key", "iteration"], variable_name="quantity", value_name="value"
    )
    told = rows.filter(pl.col("value").is_not_null().any().over("key", "quantity"))
    return told.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()).sort("key", "quantity", "iteration")


def panels_of(curves: pl.DataFrame) -> list[Panel]:
    """The pictures that show all quantities of `trial_curves_frame`: shared ones first, then each loss, then the rest.

    The losses that a network is trained with stand before their terms.
    """
    names = curves["quantity"].unique().sort().to_list()
    panels = [Panel(title, tuple(name for name in group if name in names)) for title, group in TOGETHER.items()]
    rest = [name for name in names if not any(name in panel.quantities for panel in panels)]
    rest.sort(key=lambda name: (not name.startswith(LOSS), name not in OF_LOSS, name))
    return [panel for panel in panels if panel.quantities] + [Panel(name, (name,)) for name in rest]


def trial_rungs(
    proposals: pl.DataFrame, trial: Mapping[str, Any], config: Mapping[str, Any]
) -> list[tuple[int, float]]:
    """Where early stopping judged a trial: (iteration, score), ascending; none where it judged by seeds, or not at all.

    Args:
        proposals: as the ledger gives them.
        trial: a row of the ledger's trials: stage, method, label_fraction, proposal.
        config: the study's configuration.
    """
    stopping = (config.get("search") or {}).get("early_stopping") or {}
    if trial.get("proposal") is None or stopping.get("kind", "none") in ("none", "seeds"):
        return []
    place = {"stage": trial["stage"], "method": trial["method"], "label_fraction": trial["label_fraction"]}
    same = [pl.col(name) == value for name, value in {**place, "number": trial["proposal"]}.items()]
    texts = complete(proposals, PROPOSALS).filter(*same)["intermediate"].drop_nulls()
    scores = json.loads(texts[0]) if texts.len() else {}
    return sorted((int(at), float(score)) for at, score in scores.items() if score is not None)
