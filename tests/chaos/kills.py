"""Runs a study and kills its driver, its workers and its Ray at random moments, until enough have been killed."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from chaos_study import ChaosStudy
from findings import asked
from processes import Process, descendants

LOOK_SECONDS = 0.1
VICTIMS = {"driver": 0.35, "worker": 0.4, "raylet": 0.2, "gcs_server": 0.05}
HANG_SECONDS = 120.0  # a driver whose Ray has died must be gone by then; the platform promises far less
LINGER_SECONDS = 150.0  # Ray's own helpers wait a minute for a GCS that is gone
RAY = ("raylet", "gcs_server")


@dataclass
class Story:
    """What happened to the drivers of one or more storages.

    Attributes:
        kills: by kind of victim.
        seconds: in which a driver lived.
        startup: seconds of these in which a restarted driver, or a killed worker's replacement, had not begun to train.
        first_startup: the same of the first driver of each storage.
        drivers: how many were started.
        startups, replacements: each one's seconds until a worker had the data before it.
        statuses: exit statuses of drivers, each with what was killed of its Ray.
        leaving: seconds from the death of a raylet or GCS to the driver's own end.
        lingering: seconds that processes outlived their driver, by kind.
        ended_by_us: processes that had not ended in time and were killed.
        faults: what must not be.
    """

    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    startup: float = 0.0
    first_startup: float = 0.0
    drivers: int = 0
    startups: list[float] = field(default_factory=list)
    replacements: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    leaving: list[float] = field(default_factory=list)
    lingering: dict[str, float] = field(default_factory=dict)
    ended_by_us: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        """All kills."""
        return self.kills.total()


class Kills:
    """Kills processes of a study's drivers at random moments, a seed's always the same ones.

    Attributes:
        story: what happened so far, over all storages.
    """

    def __init__(self, study: ChaosStudy, *, kills: int, pause: float, seed: int) -> None:
        """Prepare.

        Args:
            kills: how many in all.
            pause: seconds between two, on average.
        """
        self.study, self.wanted, self.pause = study, kills, pause
        self.random = random.Random(seed)
        self.story = Story()
        self._completed: dict[str, tuple[int, str]] = {}
        self._left_behind: dict[Process, tuple[str, float]] = {}

    def run(self, storage: Path, log: Path) -> None:
        """Run the study to its end, however many drivers it takes."""
        self._completed, first = {}, True
        while True:
            status, victims = Driver(self, storage, log, first=first).live()
            first = False
            self.look(storage)
            self.story.statuses[f"{status} after {'+'.join(sorted(victims)) or 'nothing'}"] += 1
            if status == 0:
                break
            if not victims:
                self.story.faults.append(f"a driver of which nothing was killed ended with {status}, see {log}")
                break

    def due(self, now: float, since: float, wait: float) -> bool:
        """Whether the next kill is due."""
        return self.story.killed < self.wanted and now >= since + wait

    def look(self, storage: Path) -> None:
        """Completed trials stay as they are."""
        rows = asked(storage, "select key, attempt, finished_at from trials where state = 'completed'")
        now = {key: (attempt, finished) for key, attempt, finished in rows}
        for key, before in self._completed.items():
            if now.get(key) != before:
                self.story.faults.append(f"trial {key} was completed as {before} and is now {now.get(key)}")
        self._completed = now

    def leave_behind(self, family: dict[Process, str]) -> None:
        """A driver has ended; what it started should follow."""
        at = time.monotonic()
        self._left_behind.update({process: (kind, at) for process, kind in family.items()})
        self.look_at_orphans()

    def look_at_orphans(self) -> None:
        """Note who has followed its driver."""
        for process, (kind, since) in list(self._left_behind.items()):
            if not process.alive():
                lived = time.monotonic() - since
                self.story.lingering[kind] = max(lived, self.story.lingering.get(kind, 0.0))
                del self._left_behind[process]

    def wait_for_orphans(self, seconds: float = LINGER_SECONDS) -> None:
        """Wait for those that are left behind, and end the ones that stay."""
        until = time.monotonic() + seconds
        while self._left_behind and time.monotonic() < until:
            self.look_at_orphans()
            time.sleep(LOOK_SECONDS)
        for process, (kind, _) in self._left_behind.items():
            if process.kill():
                self.story.ended_by_us[kind] += 1
        self._left_behind.clear()


class Driver:
    """One `s4mcl run`, from its start to its end."""

    def __init__(self, kills: Kills, storage: Path, log: Path, *, first: bool) -> None:
        self.kills, self.storage, self.first = kills, storage, first
        self.images = kills.study.data / "images.npy"
        self.family: dict[Process, str] = {}
        self.ready: set[Process] = set()
        self.waiting: list[float] = []  # since when replacements are waited for
        self.spans: list[tuple[float, float]] = []
        self.victims: list[str] = []
        self.ray_died: float | None = None
        kills.story.drivers += 1
        self.begun = time.monotonic()
        with log.open("ab") as out:
            command = kills.study.command(storage)
            bare = {name: value for name, value in os.environ.items() if name != "RAY_AUTH_MODE"}  # tests set it
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=bare, start_new_session=True)
        self.wait = self._pause()
        self.last = self.begun

    def live(self) -> tuple[int, list[str]]:
        """Watch and kill until it has ended: its exit status, and what was killed of it."""
        victim = self._victim()
        while self.process.poll() is None:
            now = time.monotonic()
            self._look(now)
            if self.kills.due(now, self.last, self.wait) and self._kill(victim):
                victim, self.last, self.wait = self._victim(), time.monotonic(), self._pause()
            if self.ray_died is not None and now - self.ray_died > HANG_SECONDS:
                self.kills.story.faults.append(f"a driver hung for {HANG_SECONDS:.0f} s after {self.victims}")
                self.process.kill()
            self.kills.look_at_orphans()
            time.sleep(LOOK_SECONDS)
        self._ended(time.monotonic())
        return self.process.returncode, self.victims

    def _look(self, now: float) -> None:
        for process in descendants(self.process.pid):
            if self.family.get(process) != "worker":  # an idle one may become a worker
                self.family[process] = process.kind()
            if self.family[process] == "worker" and process not in self.ready and process.maps(self.images):
                self._begins(process, now)

    def _begins(self, worker: Process, now: float) -> None:
        """A worker has the data before it."""
        story = self.kills.story
        if not self.ready:
            story.startups.append(now - self.begun)
            if self.first:
                story.first_startup += now - self.begun
            else:
                self.spans.append((self.begun, now))
        elif self.waiting:
            since = self.waiting.pop(0)
            story.replacements.append(now - since)
            self.spans.append((since, now))
        self.ready.add(worker)

    def _ended(self, now: float) -> None:
        story = self.kills.story
        if not self.ready:
            if self.first:
                story.first_startup += now - self.begun
            else:
                self.spans.append((self.begun, now))
        self.spans += [(since, now) for since in self.waiting if "driver" in self.victims or self.ray_died]
        story.seconds += now - self.begun
        story.startup += covered(self.spans)
        if self.ray_died is not None and "driver" not in self.victims:
            story.leaving.append(now - self.ray_died)
        self.kills.leave_behind(self.family)

    def _kill(self, victim: str) -> bool:
        """Kill one of a kind; whether there was one."""
        now = time.monotonic()
        if victim == "driver":
            os.kill(self.process.pid, signal.SIGKILL)  # not yet waited for, so the number is still its own
        else:
            there = [process for process, kind in self.family.items() if kind == victim and process.alive()]
            if not there or not self.kills.random.choice(there).kill():
                return False
        self.kills.story.kills[victim] += 1
        self.victims.append(victim)
        if victim == "worker" and self.ray_died is None:
            self.waiting.append(now)
        if victim in RAY and self.ray_died is None:
            self.ray_died = now
        return True

    def _victim(self) -> str:
        return self.kills.random.choices(list(VICTIMS), list(VICTIMS.values()))[0]

    def _pause(self) -> float:
        return self.kills.random.uniform(0.0, 2 * self.kills.pause)


def covered(spans: list[tuple[float, float]]) -> float:
    """Seconds that at least one of the spans covers."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total
