"""One `s4mcl run` at a time of a study and its workers, disturbed at random: deaths, moves, full disks, requests."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from stub_study import WORKER, Member, as_it_is, engine_of

from s4mcl.config import StudyConfig
from s4mcl.execution.room import Room
from s4mcl.ledger import Ledger, Owner
from s4mcl_trainables.processes import this_host

CALM_AFTER = 1500  # steps, after which nothing disturbs any more
STEPS = 4000


@dataclass(frozen=True)
class Disturbance:
    """How likely, at each step: trouble with a worker, the death of the driver, and somebody who asks to stop."""

    trouble: float = 0.0
    kills: float = 0.0
    stop_trial: float = 0.0
    stop_study: float = 0.0


CALM = Disturbance()


class Driver:
    """Attributes:
    trained: how often each key was trained to its end.
    """

    def __init__(self, config: StudyConfig, ledger: Ledger, pid: int, dead: set[int]) -> None:
        self.config, self.ledger, self.pid, self.dead = config, ledger, pid, dead
        self.name = config.name
        self.trained: dict[str, int] = defaultdict(int)
        self.begin()

    def begin(self) -> None:
        """A new process of the same command."""
        self.pid += 100
        self.ledger.record_study(self.name, {}, {"fingerprint": "d"}, {"fingerprint": "p"}, {})
        earlier = self.ledger.stop_requests(self.name, unseen=True)
        self.ledger.see_requests(request.id for request in earlier)
        room = Room(self.ledger.storage, lambda _folder: 2**40, clock=iter(range(0, 10**9, 100)).__next__)
        owner = Owner(this_host(), self.pid, "a while ago")
        self.engine = engine_of(self.config, self.ledger, owner=owner, room=room)
        self.engine.stopping.seconds = 0.0
        self.running: dict[str, list[Member]] = {}
        self.engine.due()

    def die(self) -> None:
        """Killed, and the command given again."""
        self.dead.add(self.pid)
        self.begin()

    def stop(self, draws: random.Random, *, whole: bool) -> None:
        """A person asks to stop the study, whose command is given again, or one of its trials."""
        keys = self.ledger.trials_frame(self.name, columns=("key",))["key"].unique().sort().to_list()
        if whole:
            self.ledger.request_stop(self.name)
        elif keys:
            self.ledger.request_stop(self.name, draws.choice(keys))
        self.engine.look_at_requests()
        if self.engine.stop_reason is None:
            return
        for name in list(self.running):
            self.engine.close(name, None)
        self.engine.release_all()
        self.begin()

    def step(self, draws: random.Random, how: Disturbance) -> None:
        """One report of one pack, or what comes between."""
        if draws.random() < how.kills:
            self.die()
        if draws.random() < how.stop_study:
            self.stop(draws, whole=True)
        if draws.random() < how.stop_trial:
            self.stop(draws, whole=False)
        while not self.engine.finished and len(self.running) < 3 and (found := self.engine.next_pack()) is not None:
            self.running[found[0]] = [Member(assignment) for assignment in found[1]]
        if not self.running:
            return
        name = draws.choice(sorted(self.running))
        if draws.random() < how.trouble:
            self._worker_dies(draws, name)
        else:
            self._report(draws, name, how.trouble)

    def _report(self, draws: random.Random, name: str, trouble: float) -> None:
        change = (lambda _a, ending: away(draws, ending)) if draws.random() < trouble else as_it_is
        members = [member for member in self.running[name] if not member.ended]
        told = [member.advance(change) for member in members]
        for member, said in zip(members, told, strict=True):
            if said["ending"] is None and draws.random() < trouble:  # it ends before its budget, saved or not
                if draws.random() < 0.5:
                    member.training.save()
                said["ending"] = away(draws, {"iterations": 0, "seconds": 0.0})
                member.outcome = said["ending"]["outcome"]
        goes_on = self.engine.record(name, told, WORKER)
        for member in members:
            given = member.assignment
            if member.outcome == "completed" and not given.trained and self._stands(given.key, given.attempt):
                self.trained[given.key] += 1
        if not goes_on or all(member.ended for member in self.running[name]):
            self.engine.close(name, None)
            del self.running[name]

    def _stands(self, key: str, attempt: int) -> bool:
        state = self.ledger.states([key])[key]
        return (state.state, state.attempt) == ("completed", attempt)

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
def fresh_ledger() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder, Ledger.open(folder) as opened:
        yield opened


def finish(drivers: list[Driver], draws: random.Random, how: Disturbance) -> None:
    """Step the drivers in a drawn order until all are done.

    Raises:
        pytest.fail.Exception: some stand still for ever.
    """
    for count in range(STEPS):
        left = [driver for driver in drivers if not driver.engine.finished or driver.running]
        if not left:
            return
        draws.choice(left).step(draws, CALM if count > CALM_AFTER else how)
    stuck = {driver.name: (driver.running.keys(), driver.engine.agenda.parked) for driver in left}
    pytest.fail(f"these stand still for ever: {stuck}")
