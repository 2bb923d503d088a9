"""A study of the stub method, driven without Ray and without time: a few fake workers end packs in a drawn order."""

import dataclasses
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from s4mcl.config import StudyConfig, compose_study
from s4mcl.execution.engine import Engine
from s4mcl.execution.place import Place
from s4mcl.execution.room import Room
from s4mcl.ledger import Ledger, Owner, Worker
from s4mcl.stages.keying import Keying
from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.processes import this_host
from s4mcl_trainables.training.assignment import Assignment, Ending

WORDS = (
    "name=demo",
    "data.path=nowhere",
    "methods=[stub]",
    "label_fractions=[0.2,1.0]",
    "seeds=2",
    "budget.iterations=4",
    "budget.report_every=2",
    "search.trials=5",
    "cluster.concurrency=2",
)
DEAD = Owner(this_host(), 2**22 + 1, "long ago")  # beyond the numbers that Linux gives to processes
WORKER = Worker("node", "7", "cpu")
PROFILE = Profile("cpu", "float32", "2.10", 1)

Change = Callable[[Assignment, dict[str, Any]], dict[str, Any]]


def stub_config(*words: str) -> StudyConfig:
    return compose_study([*WORDS, *words])


def engine_of(
    config: StudyConfig, ledger: Ledger, owner: Owner = DEAD, dataset: str = "d", room: Room | None = None
) -> Engine:
    """An engine; the claims of the default owner are free as soon as it is dropped."""
    keying = Keying(config, dataset=dataset, partition="p", profile=PROFILE)
    ledger.record_study(config.name, {}, {"fingerprint": dataset}, {"fingerprint": "p"}, {})
    place = Place(
        ledger.storage,
        Path("nowhere").absolute(),
        PartitionSpec(),
        locked=config.test == "locked",
        surface_distances=config.surface_distances,
    )
    return Engine(config, ledger, keying, place, provenance={}, owner=owner, room=room)


def as_it_is(_assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
    return ending


class Workers:
    """As many packs at once as the study's concurrency; which of them ends next is drawn."""

    def __init__(self, engine: Engine, seed: int = 0, change: Change = as_it_is) -> None:
        self.engine, self.draws, self.change = engine, random.Random(seed), change
        self.running: dict[str, list[Member]] = {}
        self.begun: list[Assignment] = []
        self.trained: list[str] = []

    def fill(self) -> None:
        """Begin all that may begin."""
        while len(self.running) < (self.engine.config.cluster.concurrency or 1):
            found = self.engine.next_pack()
            if found is None:
                return
            name, assignments = found
            assert name not in self.running
            self.running[name] = [Member(assignment) for assignment in assignments]
            self.begun += assignments

    def end_one(self) -> None:
        """One of the running packs reports until it ends, or the engine ends it."""
        name = self.draws.choice(sorted(self.running))
        while name in self.running:
            self.step(name)

    def step(self, name: str) -> None:
        """One report of each member of a pack."""
        members = self.running[name]
        told = [member.advance(self.change) for member in members if not member.ended]
        goes_on = self.engine.record(name, told, WORKER)
        assert self.engine.record(name, told, WORKER) == goes_on, "saying it twice changes nothing"
        for member in members:
            if member.ended and not member.assignment.trained and member.outcome == "completed":
                self.trained.append(member.assignment.key)
        if not goes_on or all(member.ended for member in members):
            self.engine.close(name, None)
            del self.running[name]

    def run(self, at_most: int = 10_000) -> None:
        """Go on until all is done, or `at_most` packs have ended."""
        for _ in range(at_most):
            self.fill()
            if not self.running:
                break
            self.end_one()
        assert at_most < 10_000 or self.engine.finished or not self.engine.room.is_there()


class Member:
    """One trial of a pack, as a worker trains it."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.training = start_training(assignment)
        self.sent = 0
        self.outcome: str | None = None

    @property
    def ended(self) -> bool:
        return self.outcome is not None

    def advance(self, change: Change) -> dict[str, Any]:
        """What is new since the last report."""
        ending = self.training.advance()
        plain = None if ending is None else change(self.assignment, dataclasses.asdict(ending))
        self.outcome = None if plain is None else plain["outcome"]
        reports, self.sent = self.training.reports[self.sent :], len(self.training.reports)
        return {
            "key": self.assignment.key,
            "attempt": self.assignment.attempt,
            "reports": reports,
            "ending": plain,
            "seconds": 0.001,
        }


def trained(assignment: Assignment) -> dict[str, Any]:
    """What a worker tells of a trial, all at once."""
    training = start_training(assignment)
    ending: Ending | None = None
    while ending is None:
        ending = training.advance()
    return {
        "key": assignment.key,
        "attempt": assignment.attempt,
        "reports": training.reports,
        "ending": dataclasses.asdict(ending),
    }


class Killed(BaseException):
    """The driver is gone."""


class MortalLedger(Ledger):
    """A ledger whose driver dies before the commit that `lives` counts down to."""

    lives: int | None = None

    @contextmanager
    def _begin(self, kind: Any, *, writes: bool) -> Iterator[Connection]:
        if writes and self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed
        with super()._begin(kind, writes=writes) as connection:
            yield connection


def proposals_of(ledger: Ledger, study: str = "demo") -> list[tuple[Any, ...]]:
    return [
        (found.method, found.label_fraction, found.number, found.hyperparameters, found.state, found.score)
        for found in ledger.proposals(study)
    ]


def results_of(ledger: Ledger, study: str = "demo") -> list[dict[str, Any]]:
    columns = ["stage", "key", "label_fraction", "seed", "state", "val_score", "test_dice", "proposal"]
    return ledger.trials_frame(study).select(columns).sort("stage", "key").to_dicts()
