"""A study as the app has read it at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from s4mcl.execution.lock import holder
from s4mcl.ledger import COUNTED, Ledger, StopRequest, Where
from s4mcl.ledger.version import schema_version
from s4mcl.results.study_material import StudyMaterial
from s4mcl_dashboards.app.place import COLUMNS, Place
from s4mcl_dashboards.findings import Findings
from s4mcl_dashboards.frames.query import StudyQuery
from s4mcl_dashboards.material import Material
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class Reading:
    """What the ledger said of a study, all of one state, and who runs it.

    Attributes:
        token: another one whenever anything of this is another.
        run_by: the driver that runs it now, in words; None when none does.
        requests: what was asked of a driver.
    """

    token: str
    study: StudyMaterial
    documents: Mapping[str, Any]
    attempts: pl.DataFrame
    events: pl.DataFrame
    run_by: str | None
    requests: tuple[StopRequest, ...]

    @property
    def name(self) -> str:
        """The name of the study."""
        return self.study.name

    @property
    def config(self) -> dict[str, Any]:
        """The configuration of the study."""
        return self.study.config

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """By stage, in the stages' order: planned, running, completed, reused, pruned, failed."""
        reused = pl.col("reused") & (pl.col("state") == "completed")
        state = pl.when(reused).then(pl.lit("reused")).otherwise(pl.col("state")).alias("state")
        found = self.study.trials.select("stage", state).group_by("stage", "state", maintain_order=True).len()
        counted: dict[str, dict[str, int]] = {}
        for stage, name, count in found.rows():
            counted.setdefault(stage, dict.fromkeys(COUNTED, 0))[name] = count
        return counted

    @cached_property
    def totals(self) -> dict[str, int]:
        """The counts of all stages together."""
        return {state: sum(stage[state] for stage in self.counts.values()) for state in COUNTED}

    @property
    def is_stopping(self) -> bool:
        """Whether its driver was asked to end the study and still runs."""
        asked = any(request.key is None and request.seen_at is None for request in self.requests)
        return self.run_by is not None and asked

    def material(self, place: Place, findings: Findings | None = None) -> Material:
        """What the report's sections take, of what is chosen at a place."""
        return Material(
            name=self.name,
            trials=chosen(self.study.trials, place),
            proposals=chosen(self.study.proposals, place),
            arms=chosen(self.study.arms, place),
            attempts=chosen(self.attempts, place),
            events=self.events,
            config=self.config,
            dataset=self.documents.get("dataset") or {},
            partition=self.study.partition,
            provenance=self.documents.get("provenance") or {},
            created_at=self.documents.get("created_at"),
            openings=self.study.openings,
            only=place.values("method"),
            findings=Findings() if findings is None else found_of(findings, place),
        )


def read_study(ledger: Ledger, name: str, old: Reading | None) -> Reading:
    """Read a study, or return the old reading where there is nothing new.

    Raises:
        InputError: the ledger does not hold the study, is of another version by now, or cannot be read.
    """
    run_by = holder(ledger.storage / name)
    driver = None if run_by is None else str(run_by)
    query = StudyQuery(ledger, name)
    with ledger.connection() as connection:
        schema_version(connection, ledger.place)
        token = f"{query.token()}{'' if driver is None else ' ' + driver}"
        if old is not None and old.token == token:
            return old
        documents = ledger.study(name)
        if documents is None:
            cure = "go back to the list of studies, or begin it with: s4mcl run name=..."
            raise InputError(f"{ledger.storage} holds no study {name!r}.\nCure: {cure}")
        return Reading(
            token=token,
            study=StudyMaterial.read(ledger, name),
            documents=documents,
            attempts=query.attempts().collect(),
            events=query.events().collect(),
            run_by=driver,
            requests=tuple(ledger.stop_requests(name)),
        )


def chosen(frame: pl.DataFrame, place: Place) -> pl.DataFrame:
    """The rows that the filters of a place let through; a filter of a column that the frame lacks lets all through."""
    for name, values in place.chosen:
        column = COLUMNS[name]
        if column in frame.columns and values:
            wanted: list[Any] = [_number(value) for value in values] if name == "labels" else list(values)
            frame = frame.filter(pl.col(column).is_in([value for value in wanted if value is not None]))
    return frame


def where(place: Place, stage: str) -> Where:
    """The filters of a place as the database takes them, of one stage."""
    asked = {name: list(values) for name, values in place.chosen if values}
    if "stage" in asked and stage not in asked["stage"]:
        return Where(stage=())
    fractions = [found for found in map(_number, asked["labels"]) if found is not None] if "labels" in asked else None
    return Where(stage=stage, method=asked.get("method"), label_fraction=fractions, state=asked.get("state"))


def found_of(findings: Findings, place: Place) -> Findings:
    """What the statistics say of the methods and label fractions that are chosen."""
    frames = {name: value for name, value in vars(findings).items() if isinstance(value, pl.DataFrame)}
    methods, fractions = place.values("method"), [_number(value) for value in place.values("labels")]
    kept = tuple(
        group
        for group in findings.importance
        if (not methods or group.method in methods) and (not fractions or group.label_fraction in fractions)
    )
    changed: dict[str, Any] = {name: chosen(frame, place) for name, frame in frames.items()}
    return replace(findings, importance=kept, **changed)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
