"""One trial with all that is known of it."""

import json
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from s4mcl.ledger import Ledger, Where
from s4mcl.plan.reproduction import command_line, reproduction
from s4mcl_dashboards.app.place import COLUMNS, Place
from s4mcl_dashboards.app.reading import Reading
from s4mcl_dashboards.evidence import Evidence, read_evidence
from s4mcl_dashboards.frames.query import StudyQuery
from s4mcl_dashboards.frames.trial_curves import trial_curves_frame, trial_rungs
from s4mcl_trainables.problems import InputError

CONFIRM = "confirm"


@dataclass(frozen=True)
class OneTrial:
    """A trial as its page shows it.

    Attributes:
        rows: of the study's trials, one a stage that wanted it; the confirm stage first, since it has test values.
        curves: all that it reported.
        rungs: where early stopping judged it.
        evidence: the test images, with what it predicted of them.
        command: the command line that trains it again.
        problem: why there is no such command line.
    """

    rows: tuple[dict[str, Any], ...]
    hyperparameters: dict[str, Any]
    curves: pl.DataFrame
    rungs: list[tuple[int, float]]
    attempts: pl.DataFrame
    evidence: Evidence
    command: str
    problem: str = ""

    @property
    def first(self) -> dict[str, Any]:
        """The row that says most."""
        return self.rows[0]


def matching(place: Place, reading: Reading) -> pl.DataFrame:
    """The trials that a place means: by key, or by what a figure says of a point; each key once."""
    trials = reading.study.trials
    if place.key:
        return trials.filter(pl.col("key").str.starts_with(place.key)).unique("key", maintain_order=True)
    for name in dict.fromkeys(name for name, _ in place.of):
        column = COLUMNS.get(name, name)
        texts = pl.Series([text for other, text in place.of if other == name])
        values = texts.cast(trials.schema[column], strict=False).drop_nulls()
        trials = trials.filter(pl.col(column).is_in(values.to_list()))
    return (trials if place.of else trials.clear()).unique("key", maintain_order=True)


def read_trial(ledger: Ledger, reading: Reading, key: str) -> OneTrial:
    """Read a trial of a study that has been read."""
    rows = sorted(reading.study.trials.filter(pl.col("key") == key).to_dicts(), key=lambda row: row["stage"] != CONFIRM)
    query, first = StudyQuery(ledger, reading.name), rows[0]
    document = json.loads(query.trials(Where(key=key), ("trial",)).collect()["trial"][0])
    of_proposal = next((row for row in rows if row["proposal"] is not None), first)
    profile = (reading.documents.get("provenance") or {}).get("profile") or {}
    command, problem = "", ""
    try:
        words = reproduction(reading.config, document, key, first["stage"], profile)
        command = command_line(words)
    except InputError as error:
        problem = str(error).splitlines()[0]
    return OneTrial(
        rows=tuple(rows),
        hyperparameters=document.get("hyperparameters") or {},  # the frame's column lacks texts with a lone surrogate
        curves=trial_curves_frame(query.reports([key])),
        rungs=trial_rungs(reading.study.proposals, of_proposal, reading.config),
        attempts=reading.attempts.filter(pl.col("key") == key),
        evidence=_evidence(reading, key),
        command=command,
        problem=problem,
    )


def _evidence(reading: Reading, key: str) -> Evidence:
    """The images and this trial's masks; which image is whose best is known of the trials that were ranked alone."""
    own = reading.study.trials.filter(pl.col("key") == key)
    if own["predictions"].null_count() == own.height:
        return Evidence()
    storage = reading.study.storage
    found = read_evidence(own, storage / reading.name, storage)
    if found.ranked is not None and found.ranked.seed != found.seed:
        return replace(found, ranked=replace(found.ranked, images=()))
    return found
