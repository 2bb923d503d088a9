"""Several studies on one ledger, interleaved at random: drivers that die, workers that move, disks that fill up."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from stub_study import Member, as_it_is, engine_of, stub_config

from s4mcl.config import StudyConfig
from s4mcl.execution.room import Room
from s4mcl.ledger import Ledger, Owner
from s4mcl.ledger.owner import this_host

FAILING = "space.stub.fail_at={kind:categorical,choices:[0,2,5,7]}"
SMALL = ("label_fractions=[0.2]", "seeds=2", "search.trials=7", "budget.iterations=9", "budget.report_every=1")
STOPPING = "search.early_stopping.kind"
STUDIES: dict[str, tuple[str, ...]] = {
    "none": (),
    "asha": (f"{STOPPING}=asha", "search.seeds=2"),
    "median": (f"{STOPPING}=median", "search.early_stopping.samples=2", "search.seeds=2"),
    "seeds": (f"{STOPPING}=seeds", "search.early_stopping.samples=2", "search.seeds=3"),
    "loose": (f"{STOPPING}=asha", "search.deterministic=false"),
    "bounded": (f"{STOPPING}=asha", "search.max_iterations=60", "search.seeds=2"),
}
TWINS = [f"~space.stub.x{number}" for number in range(2, 6)]  # so few values that proposals and studies share trials
TWINS += [f"space.stub.x{number}={{kind:categorical,choices:[0.2,0.6]}}" for number in range(2)]


def config_of(name: str) -> StudyConfig:
    return stub_config(*SMALL, *TWINS, FAILING, *STUDIES[name], f"name={name}", "search.sampler=random")


class Driver:
    """One `s4mcl run` at a time of a study, and its workers."""

    def __init__(self, name: str, ledger: Ledger, pid: int) -> None:
        self.name, self.ledger, self.pid = name, ledger, pid
        self.config = config_of(name)
        self.begin()

    def begin(self) -> None:
        self.pid += 100
        self.engine = engine_of(self.config, self.ledger, owner=Owner(this_host(), self.pid, "a while ago"))
        self.engine.room = Room(self.ledger.storage, lambda _folder: 2**40, clock=iter(range(0, 10**9, 100)).__next__)
        self.running: dict[str, list[Member]] = {}
        self.engine.due()

    def step(self, draws: random.Random, trouble: float) -> None:
        while len(self.running) < 3 and (found := self.engine.next_pack()) is not None:
            self.running[found[0]] = [Member(assignment) for assignment in found[1]]
        if not self.running:
            return
        name = draws.choice(sorted(self.running))
        if draws.random() < trouble:
            self._worker_dies(draws, name)
            return
        change = (lambda _a, ending: away(draws, ending)) if draws.random() < trouble else as_it_is
        members = [member for member in self.running[name] if not member.ended]
        told = [member.advance(change) for member in members]
        for member, said in zip(members, told, strict=True):
            if said["ending"] is None and draws.random() < trouble:  # it ends before its budget, saved or not
                if draws.random() < 0.5:
                    member.training.save()
                said["ending"] = away(draws, {"iterations": 0, "seconds": 0.0})
                member.outcome = said["ending"]["outcome"]
        goes_on = self.engine.record(name, told)
        if not goes_on or all(member.ended for member in self.running[name]):
            self.engine.close(name, None)
            del self.running[name]

    def _worker_dies(self, draws: random.Random, name: str) -> None:
        if draws.random() < 0.5:  # and another goes on with its pack
            self.running[name] = [Member(member.assignment) for member in self.running[name]]
        else:
            self.engine.close(name, None)
            del self.running[name]


def away(draws: random.Random, ending: dict[str, Any]) -> dict[str, Any]:
    outcome = draws.choice(["no_space", "moved"])
    return {**ending, "outcome": outcome, "detail": {"text": "later", "needed": 1}, "summary": {}, "test": None}


@contextmanager
def ledger() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder, Ledger.open(folder) as opened:
        yield opened


def finish(drivers: list[Driver], draws: random.Random, trouble: float, kills: float) -> None:
    for count in range(4000):
        left = [driver for driver in drivers if not driver.engine.finished]
        if not left:
            return
        driver = draws.choice(left)
        calm = count > 1500
        if draws.random() < (0 if calm else kills):
            DEAD_PIDS.add(driver.pid)
            driver.begin()
        driver.step(draws, 0 if calm else trouble)
    stuck = {driver.name: (driver.running.keys(), driver.engine.agenda.parked) for driver in left}
    pytest.fail(f"these stand still for ever: {stuck}")


DEAD_PIDS: set[int] = set()


@pytest.fixture(autouse=True)
def _alive_until_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Owner, "is_dead", lambda self: self.pid in DEAD_PIDS)


def ends(opened: Ledger, name: str) -> list[tuple[Any, ...]]:
    return [
        (p.number, p.hyperparameters, p.state, p.score, p.intermediate, p.iterations)
        for p in opened.proposals(name, "search")
    ]


def alone(name: str) -> list[tuple[Any, ...]]:
    if name not in ALONE:
        with ledger() as opened:
            finish([Driver(name, opened, 10**6)], random.Random(0), 0, 0)
            ALONE[name] = ends(opened, name)
    return ALONE[name]


ALONE: dict[str, list[tuple[Any, ...]]] = {}


@pytest.mark.parametrize(
    ("names", "seed", "trouble", "kills"),
    [
        (["asha", "none"], 1, 0.1, 0.03),
        (["bounded", "asha"], 2, 0.1, 0.03),
        (["median", "none"], 3, 0.2, 0.05),
        (["seeds", "loose"], 4, 0.1, 0.05),
    ],
)
def test_each_study_comes_out_as_if_it_were_alone(names: list[str], seed: int, trouble: float, kills: float) -> None:
    draws = random.Random(seed)
    DEAD_PIDS.clear()
    with ledger() as opened:
        drivers = [Driver(name, opened, 10**6 + 10**5 * place) for place, name in enumerate(names)]
        finish(drivers, draws, trouble, kills)
        for name in names:
            if name != "loose":
                assert ends(opened, name) == alone(name)
            assert {end[2] for end in ends(opened, name)} <= {"completed", "pruned", "failed"}
            for stage, counts in opened.counts(name).items():
                assert counts["planned"] == counts["running"] == 0, (name, stage, counts)
            confirmed = opened.trials_frame(name).filter(stage="confirm")
            assert confirmed.height == 2
            assert confirmed["test_dice"].null_count() == confirmed.filter(state="failed").height
        assert [finding for finding in opened.check() if finding.family != "files"] == []
