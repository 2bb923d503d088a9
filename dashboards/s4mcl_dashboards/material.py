"""All that one study's report is made from, read from the ledger and the study's folder."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from s4mcl.ledger import Ledger
from s4mcl.results.fractions import equal_fractions
from s4mcl.results.study_material import StudyMaterial
from s4mcl.study_directory import find_study
from s4mcl_dashboards.evidence import Evidence, read_evidence
from s4mcl_dashboards.findings import Findings, findings_of
from s4mcl_dashboards.frames.curves import SCHEMA as CURVES
from s4mcl_dashboards.frames.curves import curves_frame
from s4mcl_dashboards.frames.label_fraction import (
    all_confirm_trials,
    confirm_trials,
    label_fraction_frame,
    measured_part,
)
from s4mcl_dashboards.frames.query import StudyQuery, Where
from s4mcl_dashboards.frames.single_curves import SCHEMA as SINGLES
from s4mcl_dashboards.frames.single_curves import chosen_trials_frame, single_curves_frame


@dataclass(frozen=True)
class Material:
    """A study as the report sees it.

    Attributes:
        trials, proposals, arms, attempts, events: the ledger's own frames, all of one state of it.
        curves: the `curves_frame` of the study. Its reports may be millions, so that they are not kept.
        singles: the `single_curves_frame` of the study.
        openings: study to how often it opened this study's test set.
        only: the methods that a reader chose; none: all.
    """

    name: str
    trials: pl.DataFrame
    proposals: pl.DataFrame
    curves: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CURVES))
    singles: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SINGLES))
    arms: pl.DataFrame = field(default_factory=pl.DataFrame)
    attempts: pl.DataFrame = field(default_factory=pl.DataFrame)
    events: pl.DataFrame = field(default_factory=pl.DataFrame)
    config: dict[str, Any] = field(default_factory=dict)
    dataset: dict[str, Any] = field(default_factory=dict)
    partition: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    created_at: Any = None
    openings: dict[str, int] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
    findings: Findings = field(default_factory=Findings)
    only: tuple[str, ...] = ()

    @property
    def methods(self) -> list[str]:
        """The methods in the order of the configuration, then any other that has trials."""
        found = [*self.config.get("methods", []), *all_confirm_trials(self.trials)["method"].to_list()]
        if "method" in self.proposals.columns:
            found += self.proposals["method"].to_list()
        return list(dict.fromkeys(str(method) for method in found if method is not None))

    @property
    def chosen_methods(self) -> list[str]:
        """Those of the methods that are shown; `methods` gives each its colour, whatever is chosen."""
        return [method for method in self.methods if not self.only or method in self.only]

    @property
    def fractions(self) -> list[float]:
        """The label fractions of the confirm stage that both tasks share, smallest first."""
        configured = equal_fractions(self.config)
        return sorted({*configured, *confirm_trials(self.trials)["label_fraction"].drop_nulls().to_list()})

    @property
    def part(self) -> str:
        """Where the metrics come from: "test", or "val" while no test value is there."""
        return measured_part(self.trials)

    @cached_property
    def effect(self) -> pl.DataFrame:
        """The `label_fraction_frame` of the study."""
        return label_fraction_frame(self.trials, self.part, self.findings.means)


def read_material(study_dir: Path) -> Material:
    """Read the study in STUDY_DIR, which is STORAGE/NAME.

    Files of images that cannot be read are told in `evidence`; the rest of the report does without them.

    Raises:
        InputError: there is no ledger, or it does not know the study.
    """
    found = find_study(study_dir)
    with Ledger.open(found.storage, create=False) as ledger:
        query = StudyQuery(ledger, found.name)
        with ledger.snapshot():
            documents, study = ledger.study(found.name) or {}, StudyMaterial.read(ledger, found.name)
            attempts, events = query.attempts().collect(), query.events().collect()
        chosen = chosen_trials_frame(study.trials)
        curves = curves_frame(study.trials, query.reports(where=Where(stage="confirm")))
        singles = single_curves_frame(chosen, query.reports(chosen["key"].to_list()))
    return Material(
        name=found.name,
        trials=study.trials,
        curves=curves,
        singles=singles,
        proposals=study.proposals,
        arms=study.arms,
        attempts=attempts,
        events=events,
        config=study.config,
        dataset=documents.get("dataset") or {},
        partition=study.partition,
        provenance=documents.get("provenance") or {},
        created_at=documents.get("created_at"),
        openings=study.openings,
        evidence=read_evidence(study.trials, found.path, found.storage),
        findings=findings_of(study),
    )


def without_images(material: Material) -> Material:
    """The material without anything that was drawn from the image of a patient: pixels, masks, boundaries."""
    return replace(material, evidence=material.evidence.without_images())
