"""Trials for the contract of the ledger: how they are planned, and how one is trained."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s4mcl.ledger import COUNTED, Ledger, Owner, PlannedTrial

ELSEWHERE = Owner("another-host", 7, "then")  # an owner that only its lease can tell about
HERE = Owner.this_process()
TRAINED = {"iterations": 10, "seconds": 0.5}
NONE = dict.fromkeys(COUNTED, 0)
HYPERPARAMETERS = {"rate": 1e-5, "deep": {"b": []}}


@dataclass(frozen=True)
class Storage:
    """A storage whose ledger is kept in a file, or in the database of a URL."""

    folder: Path
    url: str | None

    def open(self) -> Ledger:
        return Ledger.open(self.folder, url=self.url)


def content_key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def wanted(
    number: int,
    proposal: int | None = None,
    dataset: str = "data",
    partition: str = "part",
    same_config: str | None = None,
    *,
    label_fraction: Any = 0.2,
) -> PlannedTrial:
    trial = {"method": "stub", "label_fraction": label_fraction, "seed": number, "hyperparameters": HYPERPARAMETERS}
    return PlannedTrial(content_key(number), "cohort", trial, proposal, dataset, partition, same_config)


def train(ledger: Ledger, number: int, study: str = "first", stage: str = "search", **ending: Any) -> int:
    """Claim a planned trial, report once and finish it."""
    key = content_key(number)
    attempt = ledger.claim([key], study, stage, HERE, retry_failed=True)[key]
    ledger.add_reports(key, attempt, [{"iteration": 10, "values": {"val_dice": 0.5}}])
    ending = {"state": "completed", "outcome": "completed", "summary": {"val_dice": 0.5}} | TRAINED | ending
    assert ledger.finish(key, attempt, **ending)
    return attempt
