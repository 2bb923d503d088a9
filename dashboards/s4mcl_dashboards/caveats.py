"""What the reader must know before the figures: few seeds, failures, unequal budgets, missing values. In words."""

import polars as pl

from s4mcl_dashboards.frames.budget import budget_frame, unequal_budgets
from s4mcl_dashboards.frames.label_fraction import label_fraction_frame
from s4mcl_dashboards.frames.outcomes import counts_frame
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, method_name, percent

ENOUGH_SEEDS = 3
SHOWN = 5


def caveats(material: Material) -> list[str]:
    """All warnings that hold for this study, the gravest first."""
    return [
        *_failures(material),
        *_unfinished(material),
        *_seeds(material),
        *_lost_seeds(material),
        *_budgets(material),
        *_part(material),
        *_validation_labels(material),
        *_beyond(material),
        *(f"An image file could not be used: {problem}" for problem in material.unreadable),
    ]


def _failures(material: Material) -> list[str]:
    counts = counts_frame(material.trials).filter(pl.col("failed") > 0)
    if counts.is_empty():
        return []
    parts = [
        f"{row['failed']:,} of {count(row['trials'], 'trial')} in the stage {row['stage']}" for row in counts.to_dicts()
    ]
    return [f"Failed: {joined(parts)}. Their outcomes stand under “What ran”."]


def _unfinished(material: Material) -> list[str]:
    counts = counts_frame(material.trials)
    waiting = int(counts["running"].sum()) + int(counts["planned"].sum())
    return [f"The study is not finished: {count(waiting, 'trial')} still planned or running."] if waiting else []


def _seeds(material: Material) -> list[str]:
    effect = label_fraction_frame(material.trials, material.part)
    if effect.is_empty():
        return []
    few = int(effect["n"].min() or 0)  # type: ignore[arg-type]  # an Int64 column
    if few >= ENOUGH_SEEDS:
        return []
    if few == 1:
        return [
            "Some values rest on a single seed: they have no interval, and differences between them mean nothing yet."
        ]
    return [f"There are only {few} seeds: the intervals are wide, and an order of methods may turn with the next seed."]


def _lost_seeds(material: Material) -> list[str]:
    lost = label_fraction_frame(material.trials, material.part).filter(pl.col("n") < pl.col("planned"))
    if lost.is_empty():
        return []
    cells = lost.unique(["method", "label_fraction"], maintain_order=True).to_dicts()
    parts = [
        f"{method_name(row['method'])} at {percent(row['label_fraction'])} ({row['n']} of {row['planned']})"
        for row in cells
    ]
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    named = ", ".join(parts[:SHOWN])
    return [f"Seeds are missing: {named}{more}. A mean over the seeds that came through can flatter a method."]


def _budgets(material: Material) -> list[str]:
    budget = budget_frame(material.trials, material.proposals, material.methods)
    told = []
    for column in unequal_budgets(budget):
        what = "proposals" if column == "proposals" else "training iterations in the search"
        given = joined([f"{method_name(row['method'])} {row[column]:,}" for row in budget.to_dicts()])
        told.append(f"The tuning budgets are unequal ({what}: {given}). A method that is tuned harder looks better.")
    if budget.height and not budget["proposals"].sum():
        told.append("Nothing was searched: every method ran with its default or configured hyperparameters.")
    return told


def _part(material: Material) -> list[str]:
    effect = label_fraction_frame(material.trials, material.part)
    if material.part == "test" or effect.is_empty():
        return []
    return [
        "No test labels were read. All values are of the validation images, on which the trials were also selected: "
        "they are too good."
    ]


def _validation_labels(material: Material) -> list[str]:
    """Validation labels are labels too; with few training labels they can be the larger part."""
    training, validation = material.partition.get("train"), material.partition.get("validation")
    if not isinstance(training, int) or not isinstance(validation, int) or not material.fractions:
        return []
    labelled = round(material.fractions[0] * training)
    if validation <= labelled:
        return []
    return [
        f"With {percent(material.fractions[0])} of the labels, training sees {count(labelled, 'labelled image')} and "
        f"validation {validation:,}: selecting took more labels than training."
    ]


def _beyond(material: Material) -> list[str]:
    effect = label_fraction_frame(material.trials, material.part)
    beyond = effect.filter((pl.col("low") < 0) | (pl.col("high") > 1))
    if beyond.is_empty():
        return []
    return [
        f"{beyond.height:,} of {count(effect.height, 'interval')} reach below 0 or above 1, where no value can be. The "
        "t interval knows no bounds. It is shown as it is: the seeds are too few or too scattered."
    ]
