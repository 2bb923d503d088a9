"""What the statistics say of a study: everything that the report shows and does not work out itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from s4mcl.results.ablation import ABLATION_SCHEMA, ablation_of
from s4mcl.results.claim import claim_of, contests_of
from s4mcl.results.comparisons import label_savings_of, seed_comparisons, test_comparisons
from s4mcl.results.importance import GroupImportance, importances
from s4mcl.results.study_material import StudyMaterial
from s4mcl.results.warnings import WARNINGS_SCHEMA, first_line, warnings_of
from s4mcl.statistics.claim_frame import CLAIM_SCHEMA, claim_frame
from s4mcl.statistics.comparisons_frame import COMPARISONS_SCHEMA, MEANS_SCHEMA, means_frame
from s4mcl.statistics.savings_frame import SAVINGS_SCHEMA
from s4mcl.statistics.structures_frame import STRUCTURES_SCHEMA, structures_frame
from s4mcl_dashboards.frames.label_fraction import measured_part
from s4mcl_dashboards.frames.schema import METRICS
from s4mcl_trainables.problems import InputError

SEARCH = "search"
SCORE = "val_score"  # what an ablation compares


def _empty(schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)


@dataclass(frozen=True)
class Findings:
    """The statistics of one study, as `s4mcl.results` gives them.

    Attributes:
        means: mean and interval over seeds crossed with test groups by method, label fraction and measure. Empty where
            no predictions were kept, or none that can be used.
        comparisons: each method against its reference.
        structures: the Dice of each structure, where there are several.
        savings: the label fraction that reaches the reference's score with all labels, for the drawn metrics.
        claim: the comparisons of the study's claim; none where it claims nothing.
        ablation: the effects of the designs.
        importance: of the hyperparameters, by search group.
        warnings: kind and text; those of importance stand with it.
        problem: why the predictions cannot be used, None where they can or there are none.
    """

    means: pl.DataFrame = field(default_factory=lambda: _empty(MEANS_SCHEMA))
    comparisons: pl.DataFrame = field(default_factory=lambda: _empty(COMPARISONS_SCHEMA))
    structures: pl.DataFrame = field(default_factory=lambda: _empty(STRUCTURES_SCHEMA))
    savings: pl.DataFrame = field(default_factory=lambda: _empty(SAVINGS_SCHEMA))
    claim: pl.DataFrame = field(default_factory=lambda: _empty(CLAIM_SCHEMA))
    ablation: pl.DataFrame = field(default_factory=lambda: _empty(ABLATION_SCHEMA))
    importance: tuple[GroupImportance, ...] = ()
    warnings: pl.DataFrame = field(default_factory=lambda: _empty(WARNINGS_SCHEMA))
    problem: str | None = None


def findings_of(study: StudyMaterial) -> Findings:
    """All statistics of a study.

    Predictions that cannot be used (a file is gone, an earlier version wrote it) are told in `problem`; the values of
    the trials are then compared seed by seed.
    """
    searched = replace(study, proposals=study.proposals.filter(pl.col("stage") == SEARCH))
    has_scores = SCORE in study.trials.columns and not study.arms.is_empty()
    whole = Findings(
        claim=claim_frame({}, [*contests_of(study)]),
        ablation=ablation_of(study, None, SCORE.removeprefix("val_")) if has_scores else _empty(ABLATION_SCHEMA),
        importance=tuple(importances(searched)),
        warnings=warnings_of(study, without=("importance",)),
    )
    part = measured_part(study.trials)
    if part != "test":
        return replace(whole, comparisons=seed_comparisons(study, "validation", None, None))
    try:
        cells = study.cells()
        if not cells:
            return replace(whole, comparisons=seed_comparisons(study, "test", None, None))
        return replace(
            whole,
            means=means_frame(cells),
            structures=structures_frame(cells),
            comparisons=test_comparisons(study, None, None),
            claim=claim_of(study),
            savings=pl.concat([label_savings_of(study, None, metric) for metric in METRICS]),
        )
    except InputError as error:
        problem = first_line(error, study.storage)
        others = whole.warnings.filter(pl.col("text") != problem)
        return replace(whole, comparisons=seed_comparisons(study, "test", None, None), warnings=others, problem=problem)
