"""Which networks of a study are used: a method at a label fraction, one network for each seed of the confirm stage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isclose
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from s4mcl.ledger import Ledger
from s4mcl.naming import percent, trained_with
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.trial import Trial

CONFIRM = "confirm"
COLUMNS = (
    *("key", "stage", "method", "label_fraction", "seed", "state", "cohort", "artifacts", "provenance", "val_score"),
    "trial",
)


@dataclass(frozen=True)
class Member:
    """A trained network: its trial, the folder of its files relative to the storage, and the numbers it trained with.

    `precision` is float32 or bfloat16; None where the ledger does not tell.
    """

    key: str
    trial: Trial
    folder: PurePosixPath
    precision: str | None


@dataclass(frozen=True)
class Choice:
    """The networks whose mean is taken, one a seed, and why they were chosen.

    Attributes:
        planned: how many seeds the study wanted.
        score: the mean of the members' validation scores.
        reason: why this method at this label fraction; empty where both were asked for.
    """

    method: str
    label_fraction: float
    members: tuple[Member, ...]
    planned: int
    score: float
    reason: str

    @property
    def told(self) -> str:
        """One line for a person."""
        seeds = ", ".join(str(member.trial.seed) for member in self.members)
        of = "" if len(self.members) == self.planned else f" of {self.planned}, the others were not completed"
        why = f": {self.reason}" if self.reason else ""
        count = f"{len(self.members)} network{'s' if len(self.members) > 1 else ''} (seed {seeds}){of}"
        return f"{trained_with(self.method, self.label_fraction)}, {count}{why}"


def chosen_networks(
    ledger: Ledger, study: str, method: str | None = None, label_fraction: float | None = None
) -> Choice:
    """The networks of the confirm stage that a method trained at a label fraction.

    Without `label_fraction` the largest that the study has is taken, of `method` where that is given. Without `method`
    it is, among those that do the most tasks (both before one), the one whose mean validation score is the highest.

    Raises:
        InputError: nothing is completed, or not what was asked for.
    """
    confirmed = ledger.trials_frame(study, columns=COLUMNS).filter(stage=CONFIRM)
    trained = confirmed.filter(pl.col("state") == "completed").drop_nulls(["artifacts", "seed"])
    ready = trained.drop_nulls("label_fraction")
    if ready.is_empty() and trained.height:
        raise InputError(
            f"study {study} has networks of unequal label fractions alone, and these cannot be chosen among.\n"
            "Cure: give it a label fraction that both tasks share, too"
        )
    if ready.is_empty():
        raise InputError(
            f"study {study} has no completed trial in its confirm stage, so it has no networks to use.\n"
            "Cure: let it go on with the s4mcl run that began it"
        )
    if method is not None:
        ready = _of_method(ready, study, method)
    fraction = _fraction(ready, study, method, label_fraction)
    ready = ready.filter(label_fraction=fraction)
    found = method or _best(ready)
    return _choice(confirmed, ready.filter(method=found), _reason(ready, method, label_fraction))


def _of_method(ready: pl.DataFrame, study: str, method: str) -> pl.DataFrame:
    known = ready["method"].unique(maintain_order=True).to_list()
    if method not in known:
        near = get_close_matches(method, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(
            f"study {study} has no networks of method {method!r}.\nCure: {hint}it has those of {', '.join(known)}"
        )
    return ready.filter(method=method)


def _fraction(ready: pl.DataFrame, study: str, method: str | None, wanted: float | None) -> float:
    known: list[float] = ready["label_fraction"].unique().sort().to_list()
    if wanted is None:
        return known[-1]
    found = next((each for each in known if isclose(each, wanted)), None)
    if found is None:
        has = ", ".join(f"{each:g}" for each in known)
        whose = f"networks of method {method}" if method else "networks"
        raise InputError(f"study {study} has no {whose} at label fraction {wanted:g}.\nCure: give one of {has}")
    return found


def _best(ready: pl.DataFrame) -> str:
    """Of trials at one label fraction: the method with the most tasks, then the highest mean validation score."""
    means = ready.group_by("method", maintain_order=True).agg(pl.col("val_score").mean())
    best, _ = max(means.iter_rows(), key=lambda row: (len(method_named(row[0]).tasks), row[1] or 0.0))
    return str(best)


def _reason(ready: pl.DataFrame, method: str | None, fraction: float | None) -> str:
    at = "the largest label fraction" if fraction is None else f"{percent(fraction)} of the labels"
    if method is not None:
        return "" if fraction is not None else at
    count = ready["method"].n_unique()
    if count == 1:
        return f"the only method at {at}"
    tasks = {len(method_named(name).tasks) for name in ready["method"].unique()}
    among = " among those that classify and segment" if len(tasks) > 1 else ""
    return f"of {count} methods the best by validation score at {at}{among}"


def _choice(confirmed: pl.DataFrame, own: pl.DataFrame, reason: str) -> Choice:
    own = own.filter(cohort=own["cohort"][-1]).sort("seed")  # an extended study may have an older cohort too
    members = tuple(_member(row) for row in own.iter_rows(named=True))
    return Choice(
        method=own["method"][0],
        label_fraction=own["label_fraction"][0],
        members=members,
        planned=confirmed.filter(cohort=own["cohort"][0]).height,
        score=float(own["val_score"].fill_null(float("nan")).mean()),  # type: ignore[arg-type]  # not empty
        reason=reason,
    )


def _member(row: Mapping[str, Any]) -> Member:
    machine = json.loads(row["provenance"] or "{}").get("machine") or {}
    trial = Trial.from_dict(json.loads(row["trial"]))
    return Member(row["key"], trial, PurePosixPath(row["artifacts"]), machine.get("precision"))
