"""What a careful reviewer would ask of a study, gathered."""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from s4mcl.naming import method_name, trained_with
from s4mcl.results.fractions import equal_fractions
from s4mcl.results.importance import importances
from s4mcl.results.label_counts import most_labels
from s4mcl.results.study_material import StudyMaterial
from s4mcl.statistics import cautions
from s4mcl.statistics.crossed import effective_groups
from s4mcl_trainables.problems import InputError

WARNINGS_SCHEMA = {"kind": pl.String, "text": pl.String}
CONFIRM, SEARCH = "confirm", "search"


def warnings_of(material: StudyMaterial, told: tuple[str, ...] = (), *, without: Collection[str] = ()) -> pl.DataFrame:
    """One row a warning: kind and text. `told` are those of `s4mcl status`; kinds `without` are not looked for."""
    sources = {
        "status": iter(told),
        "validation": _validation(material),
        "test_openings": _openings(material),
        "budgets": _budgets(material),
        "seeds": _seeds(material),
        "groups": _groups(material),
        "importance": _importance(material),
    }
    rows = [(kind, text) for kind, texts in sources.items() if kind not in without for text in texts]
    return pl.DataFrame(rows, schema=WARNINGS_SCHEMA, orient="row")


def _validation(material: StudyMaterial) -> Iterator[str]:
    images, training = (most_labels(material.partition, part) for part in ("validation", "train"))
    searched = material.trials.filter((pl.col("stage") == SEARCH) & (pl.col("state") == "completed"))
    groups = searched.drop_nulls("val_accuracy").group_by("method", "label_fraction", maintain_order=True)
    for (method, fraction), trials in groups:
        for text in cautions.validation_resolution(images, trials["val_accuracy"].to_list()):
            yield f"{trained_with(method, fraction)}: {text}"
    for fraction in equal_fractions(material.config):
        yield from cautions.validation_labels(fraction, training, images)


def _openings(material: StudyMaterial) -> list[str]:
    confirmed = material.trials.filter((pl.col("stage") == CONFIRM) & (pl.col("state") == "completed"))
    tested = 0 if material.config.get("test") == "locked" else confirmed["key"].n_unique()
    return cautions.repeated_openings(sum(material.openings.values()), tested)


def _budgets(material: StudyMaterial) -> list[str]:
    spent = material.proposals.filter(pl.col("stage") == SEARCH).drop_nulls("iterations")
    sums = spent.group_by("method", maintain_order=True).agg(pl.col("iterations").sum())
    if sums.is_empty():
        return []
    spent_by = {**dict.fromkeys(material.methods, 0), **dict(sums.iter_rows())}
    return cautions.unequal_budgets({method_name(method): iterations for method, iterations in spent_by.items()})


def _seeds(material: StudyMaterial) -> list[str]:
    ended = material.trials.filter(pl.col("state") == "completed")
    confirmed = (
        ended.filter(pl.col("stage") == CONFIRM)
        .drop_nulls("label_fraction")
        .group_by("method", "label_fraction", maintain_order=True)
    )
    seeds = {trained_with(method, fraction): trials["seed"].n_unique() for (method, fraction), trials in confirmed}
    for arm in material.arms.iter_rows(named=True):
        trained = ended.filter((pl.col("cohort") == arm["cohort"]) & pl.col("seed").is_in(arm["seeds"]))
        seeds[f"{arm['name']} ({arm['design']})"] = trained["seed"].n_unique()
    return cautions.few_seeds(seeds)


def _groups(material: StudyMaterial) -> Iterator[str]:
    yield from cautions.leaking_groups({}, str(material.config.get("split", "")))
    try:
        cells = material.cells()
    except InputError as error:
        yield first_line(error, material.storage)
        return
    for scores in list(cells.values())[:1]:  # all are tested on the same images
        sizes = np.unique(scores.groups, return_counts=True)[1].astype(np.float64)
        yield from cautions.few_groups(len(sizes), len(scores.rows), effective_groups(sizes))


def first_line(error: InputError, storage: Path) -> str:
    """The problem without its cure, and with paths as the storage knows them."""
    return str(error).splitlines()[0].replace(f"{storage}/", "")


def _importance(material: StudyMaterial) -> Iterator[str]:
    for group in importances(material):
        for text in group.found.cautions:
            yield f"{trained_with(group.method, group.label_fraction)}: {text}"
