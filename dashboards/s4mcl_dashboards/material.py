"""All that one study's report is made from, read from the ledger and the study's folder."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from s4mcl.ledger import Ledger
from s4mcl.results.study_material import StudyMaterial
from s4mcl.results.warnings import first_line
from s4mcl.study_directory import find_study
from s4mcl_dashboards.findings import Findings, findings_of
from s4mcl_dashboards.frames.label_fraction import confirm_trials, label_fraction_frame, measured_part
from s4mcl_dashboards.samples import Prediction, Samples, read_prediction, read_samples
from s4mcl_trainables.problems import InputError

SHOWN = 6  # test images in the report


@dataclass(frozen=True)
class Material:
    """A study as the report sees it. The frames are the ledger's own."""

    name: str
    trials: pl.DataFrame
    reports: pl.DataFrame
    proposals: pl.DataFrame
    config: dict[str, Any] = field(default_factory=dict)
    dataset: dict[str, Any] = field(default_factory=dict)
    partition: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    created_at: Any = None
    openings: dict[str, int] = field(default_factory=dict)  # study -> how often it opened this study's test set
    samples: Samples | None = None
    predictions: dict[tuple[str, float], Prediction] = field(default_factory=dict)
    predictions_seed: int | None = None
    unreadable: tuple[str, ...] = ()
    findings: Findings = field(default_factory=Findings)

    @property
    def methods(self) -> list[str]:
        """The methods in the order of the configuration, then any other that has trials."""
        found = [*self.config.get("methods", []), *confirm_trials(self.trials)["method"].to_list()]
        if "method" in self.proposals.columns:
            found += self.proposals["method"].to_list()
        return list(dict.fromkeys(str(method) for method in found if method is not None))

    @property
    def fractions(self) -> list[float]:
        """The label fractions of the confirm stage, smallest first."""
        configured = [float(fraction) for fraction in self.config.get("label_fractions", [])]
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

    Files of images that cannot be read are told in `unreadable`; the rest of the report does without them.

    Raises:
        InputError: there is no ledger, or it does not know the study.
    """
    found = find_study(study_dir)
    with Ledger.open(found.storage, create=False) as ledger, ledger.snapshot():
        documents = ledger.study(found.name) or {}
        study, reports = StudyMaterial.read(ledger, found.name), ledger.reports_frame(found.name)
    material = Material(
        name=found.name,
        trials=study.trials,
        reports=reports,
        proposals=study.proposals,
        config=study.config,
        dataset=documents.get("dataset") or {},
        partition=study.partition,
        provenance=documents.get("provenance") or {},
        created_at=documents.get("created_at"),
        openings=study.openings,
        findings=findings_of(study),
    )
    return with_images(material, found.path, found.storage)


def with_images(material: Material, study_dir: Path, storage: Path) -> Material:
    """The material with the sample images of STUDY_DIR and the predictions of the seed that has the most of them."""
    path = study_dir / "samples.npz"
    if not path.is_file():
        return material
    try:
        samples = read_samples(path)
    except InputError as error:
        return replace(material, unreadable=(first_line(error, storage),))
    samples = Samples(samples.rows[:SHOWN], samples.images[:SHOWN], samples.masks[:SHOWN])
    seed, chosen = _chosen_predictions(material.trials)
    predictions, unreadable = {}, []
    for method, fraction, relative in chosen:
        try:
            prediction = read_prediction(storage / relative, samples.rows)
        except InputError as error:
            unreadable.append(first_line(error, storage))
            continue
        if prediction is not None and prediction.masks.shape[2:] == samples.masks.shape[2:]:
            predictions[method, fraction] = prediction
    return replace(
        material, samples=samples, predictions=predictions, predictions_seed=seed, unreadable=tuple(unreadable)
    )


def _chosen_predictions(trials: pl.DataFrame) -> tuple[int | None, list[tuple[str, float, str]]]:
    """The seed with the most files of predictions (the lowest of equals) and its (method, label fraction, path)."""
    told = confirm_trials(trials).drop_nulls(["predictions", "seed", "label_fraction"])
    if told.is_empty():
        return None, []
    counts = told.group_by("seed").len().sort("len", "seed", descending=[True, False])
    seed = int(counts["seed"][0])
    rows = (
        told.filter(pl.col("seed") == seed)
        .select("method", "label_fraction", "predictions")
        .sort("method", "label_fraction")
    )
    return seed, rows.rows()
