"""Methods against a reference, on test images or on validation scores."""

from typing import Any

import polars as pl

from s4mcl.results.choices import measures, reference_of
from s4mcl.results.label_counts import label_count
from s4mcl.results.study_material import StudyMaterial
from s4mcl.statistics.comparison import HIGHER, LEVEL, LOWER, NO_DIFFERENCE, paired_t
from s4mcl.statistics.comparisons_frame import COMPARISONS_SCHEMA, comparisons_frame
from s4mcl.statistics.correction import holm
from s4mcl.statistics.image_scores import CLASS_MEASURES, MASK_MEASURES
from s4mcl.statistics.interval import t_interval
from s4mcl.statistics.savings_frame import SAVINGS_SCHEMA, savings_frame
from s4mcl_trainables.label_fraction import CLASSIFICATION, SEGMENTATION

CONFIRM = "confirm"
PREFIXES = {"validation": "val_", "test": "test_"}


def test_comparisons(material: StudyMaterial, reference: str | None, metric: str | None) -> pl.DataFrame:
    """`comparisons_frame` of the study, each measure with its reference.

    Raises:
        InputError: a file of predictions cannot be used.
    """
    cells = material.cells()
    methods = [method for method in material.methods if any(name == method for name, _ in cells)]
    frames = []
    for measure in measures(metric):
        against = reference or reference_of(measure, methods)
        if against is not None:
            frames.append(comparisons_frame(cells, against, (measure,)))
    return pl.concat(frames) if frames else pl.DataFrame(schema=COMPARISONS_SCHEMA)


def seed_comparisons(material: StudyMaterial, part: str, reference: str | None, metric: str | None) -> pl.DataFrame:
    """The same columns from one value a confirm trial: seeds are paired, images are not resampled.

    For validation scores, and for test values where no predictions were kept. Only the columns of the seeds are filled;
    the verdict is that of the corrected paired t test. Validation images chose the checkpoint, so their means are a
    little too good.

    Args:
        part: validation or test.
    """
    trials = material.trials.filter((pl.col("stage") == CONFIRM) & (pl.col("state") == "completed"))
    rows: list[dict[str, Any]] = []
    for measure in measures(metric):
        column = f"{PREFIXES[part]}{measure}"
        if column not in trials.columns:
            continue
        known = trials.drop_nulls(column)
        against = reference or reference_of(measure, [name for name in material.methods if name in known["method"]])
        if against is not None:
            rows += _family(known, measure, column, against, material.methods)
    return pl.DataFrame(rows, schema=COMPARISONS_SCHEMA)


def label_savings_of(material: StudyMaterial, reference: str | None, metric: str | None) -> pl.DataFrame:
    """`savings_frame` of the study, each measure with its reference.

    Raises:
        InputError: a file of predictions cannot be used.
    """
    cells = material.cells()
    if not cells:
        return pl.DataFrame(schema=SAVINGS_SCHEMA)
    methods = [method for method in material.methods if any(name == method for name, _ in cells)]
    found = {measure: reference or reference_of(measure, methods) for measure in measures(metric)}
    references = {measure: against for measure, against in found.items() if against is not None}
    frames = []
    for task, own in ((CLASSIFICATION, CLASS_MEASURES), (SEGMENTATION, MASK_MEASURES)):
        of_task = {measure: against for measure, against in references.items() if measure in own}
        training, validation = (label_count(material.partition, part, task) for part in ("train", "validation"))
        frames.append(savings_frame(cells, of_task, training=training, validation=validation))
    return pl.concat(frames)


def _family(
    trials: pl.DataFrame, measure: str, column: str, reference: str, methods: list[str]
) -> list[dict[str, Any]]:
    """Every method and label fraction of one measure; p-values are corrected over them."""
    rows: list[dict[str, Any]] = []
    for method in methods:
        if method == reference:
            continue
        ours, theirs = (
            trials.filter(method=name).select("label_fraction", "seed", column) for name in (method, reference)
        )
        pairs = ours.join(theirs, on=["label_fraction", "seed"], suffix="_reference").sort("label_fraction", "seed")
        for (fraction,), cell in pairs.group_by("label_fraction", maintain_order=True):
            head = {"measure": measure, "method": method, "reference": reference, "label_fraction": fraction}
            rows.append({**dict.fromkeys(COMPARISONS_SCHEMA), **head, **_paired(cell, column)})
    for row, p in zip(rows, holm([row["seed_p"] for row in rows]), strict=True):
        row["seed_p_holm"] = p
        shown = p is not None and p <= LEVEL
        row["verdict"] = (HIGHER if row["effect"] > 0 else LOWER) if shown else NO_DIFFERENCE
    return rows


def _paired(cell: pl.DataFrame, column: str) -> dict[str, Any]:
    difference = (cell[column] - cell[f"{column}_reference"]).to_numpy()
    interval = t_interval(difference)
    return {
        "seeds": cell.height,
        "mean": cell[column].mean(),
        "reference_mean": cell[f"{column}_reference"].mean(),
        "effect": interval.mean,
        "seed_low": interval.low,
        "seed_high": interval.high,
        "seed_p": paired_t(difference),
    }
