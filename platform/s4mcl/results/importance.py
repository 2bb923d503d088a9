"""The importance of hyperparameters in each search group of a study."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from s4mcl.method_spaces import specifications
from s4mcl.results.study_material import StudyMaterial
from s4mcl.statistics.importance import Importance, hyperparameter_importance

IMPORTANCE_SCHEMA = {
    "stage": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "hyperparameter": pl.String,
    "ped_anova": pl.Float64,
    "fanova": pl.Float64,
    "logarithmic": pl.Boolean,
    "proposals": pl.Int64,
}


@dataclass(frozen=True)
class GroupImportance:
    """The importance in one group."""

    stage: str
    method: str
    label_fraction: float
    found: Importance


def importances(material: StudyMaterial, method: str | None = None) -> Iterator[GroupImportance]:
    """Each group of the study, or of one of its methods. What is searched by its logarithm says the configuration."""
    wanted = material.proposals if method is None else material.proposals.filter(method=method)
    for (stage, name, fraction), proposals in wanted.group_by("stage", "method", "label_fraction", maintain_order=True):
        specs = specifications(material.config.get("space", {}), str(name))
        logarithmic = [parameter for parameter, spec in specs.items() if spec.get("log")] if specs else None
        found = hyperparameter_importance(proposals, logarithmic=logarithmic)
        yield GroupImportance(str(stage), str(name), float(str(fraction)), found)


def importance_of(material: StudyMaterial, method: str | None) -> pl.DataFrame:
    """One row a group and hyperparameter; groups with fewer than 10 finished proposals have none."""
    return shares_frame(importances(material, method))


def shares_frame(groups: Iterable[GroupImportance]) -> pl.DataFrame:
    """The shares of several groups in one frame."""
    rows = [
        {
            "stage": group.stage,
            "method": group.method,
            "label_fraction": group.label_fraction,
            **row,
            "logarithmic": row["hyperparameter"] in group.found.logarithmic,
            "proposals": group.found.proposals,
        }
        for group in groups
        for row in group.found.shares.to_dicts()
    ]
    return pl.DataFrame(rows, schema=IMPORTANCE_SCHEMA)
