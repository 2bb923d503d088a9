"""The cluster test: a study on four machines, of which some vanish, must come out as if nothing had happened.

    make cluster-test        # four minutes on two cores; as root, for the machines are namespaces of this one

The head and three workers are Ray nodes with addresses, host names and disks of their own; files of trials are kept on
an S3 server, and the study is a job that `s4mcl submit` sends to the head. It runs undisturbed, then in a new storage:
a worker process is killed, a machine is cut off from the network, one is added, one is killed with its disk, the one
that was cut off comes back, and the study's driver on the head is killed and submitted again.

Prints a page of Markdown; exit status 1 when anything is not as it should be.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from chaos_study import ChaosStudy
from findings import Findings, asked, faults
from found_page import found_page
from machines import ALONE, OUTSIDE, VENV, Machine, make_network, may_make_namespaces, missing
from processes import Process, descendants

from s3_server import KEYS, S3Server, s3_server
from shapes_dataset import write_shapes

GRID = 20
STUDY = (
    "methods=[s4mcl,cnn]",
    "label_fractions=[0.4,1.0]",
    "seeds=2",
    "budget.iterations=240",
    f"budget.report_every={GRID}",
    "search.trials=4",
    "search.seeds=2",
    "ablate.designs.parts={kind: leave_one_out, method: s4mcl, components: [self_supervision, adversarial_term]}",
)
SLOTS = 2  # packs at once, on two cores, whatever the number of machines
ALLOWED = 1.25
STILL = 45.0  # seconds that a slot may stand still after something happened to its machine
STILL_DRIVER = 90.0  # after the driver's death, with all that a new submission takes
RAY = {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN_PATH": "/tmp/home/.ray/auth_token",
    "RAY_USAGE_STATS_ENABLED": "0",
    # A machine that does not answer is given up after seconds, not after a minute: the test has no more time.
    "RAY_health_check_initial_delay_ms": "5000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
    "AWS_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
    "AWS_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
    "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}",
    "HOME": "/tmp/home",
    "TMPDIR": "/tmp",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
TRAINING = """select host, key from trials
    join attempts on attempts.trial_id = trials.id and attempts.attempt = trials.attempt
    where trials.state = 'running' and ended_at is null and host is not null order by 1, 2"""
REPORTED = "select key, julianday(reports.at) from reports join trials on trials.id = trial_id"
UNIX_EPOCH = 2440587.5  # in days of `julianday`


class Cluster:
    """A head without CPUs for packs, and workers of one CPU each.

    Attributes:
        machines: those that live, by name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._numbers = folder, count(1)
        self.machines: dict[str, Machine] = {}
        self.head = self._machine("head", 1)
        (token := self.head.path(RAY["RAY_AUTH_TOKEN_PATH"])).parent.mkdir(mode=0o700)
        token.write_text(os.urandom(32).hex())
        token.chmod(0o600)
        head = ["--head", "--port=6379", "--num-cpus=0", "--dashboard-host=127.0.0.1", "--dashboard-port=8265"]
        self._start_ray(self.head, *head)

    def add(self) -> Machine:
        """One more worker."""
        number = next(self._numbers)
        worker = self._machine(f"worker{number}", 1 + number)
        place = worker.path(RAY["RAY_AUTH_TOKEN_PATH"])
        place.parent.mkdir(mode=0o700)
        shutil.copy(self.head.path(RAY["RAY_AUTH_TOKEN_PATH"]), place)
        self.join(worker)
        return worker

    def join(self, worker: Machine) -> None:
        """Start Ray on a worker."""
        self._start_ray(worker, f"--address={self.head.address}:6379", "--num-cpus=1")

    def restart(self, worker: Machine) -> None:
        """What a user does on a worker that was given up: left alone, Ray there goes on as if it were not."""
        subprocess.run(
            worker.inside(VENV / "bin/ray", "stop", "--force"),
            env={**os.environ, **RAY},
            check=True,
            capture_output=True,
        )
        self.join(worker)

    def kill(self, name: str) -> None:
        """A worker vanishes with all that it has."""
        self.machines.pop(name).kill()

    def submit(self, words: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
        """What a user types on the head."""
        words = [str(VENV / "bin/s4mcl"), "submit", "--address", "http://127.0.0.1:8265", "--no-report", *words]
        with log.open("ab") as out:
            return subprocess.Popen(
                self.head.inside(*words), stdout=out, stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, **RAY}
            )

    def processes(self, name: str, kind: str) -> list[Process]:
        """Those of a machine, by what they are."""
        return [process for process in descendants(self.machines[name].pid) if process.kind() == kind]

    def driver(self) -> list[Process]:
        """The processes that are `s4mcl run` on the head."""
        found = []
        for process in descendants(self.head.pid):
            words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0") if process.alive() else []
            if words[1:4] == [b"-m", b"s4mcl.cli", b"run"]:
                found.append(process)
        return found

    def _machine(self, name: str, number: int) -> Machine:
        self.machines[name] = Machine(name, f"10.78.0.{number}", self.folder, sees_folder=name == "head")
        return self.machines[name]

    def _start_ray(self, machine: Machine, *words: str) -> None:
        own = [f"--node-ip-address={machine.address}", "--object-store-memory=150000000", "--disable-usage-stats"]
        command = machine.inside(VENV / "bin/ray", "start", *words, *own)
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **RAY}, timeout=120, check=False
        )
        assert done.returncode == 0, f"{machine.name}: {done.stdout}{done.stderr}"


@dataclass
class Disturbance:
    """Something that was done to the study.

    Attributes:
        what: in words.
        at: seconds since the epoch.
        stalled: the keys of the trials on each machine that it interrupted.
        allowed: seconds that one of these machines' slots may stand still.
        lost: seconds of each of these slots, from the last report before it to the first one after it.
    """

    what: str
    at: float
    stalled: list[list[str]]
    allowed: float = STILL
    lost: list[float] = field(default_factory=list)

    def find_lost(self, reports: Sequence[tuple[str, float]]) -> None:
        """Read it off the reports' keys and moments."""
        for keys in self.stalled:
            before = max(at for key, at in reports if key in keys and at <= self.at)
            after = min((at for key, at in reports if key in keys and at > self.at), default=self.at)
            self.lost.append(after - before)


@dataclass
class Told:
    """What the test found."""

    undisturbed: float = 0.0
    disturbed: float = 0.0
    disturbances: list[Disturbance] = field(default_factory=list)
    trials: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def explained(self) -> float:
        """Seconds that the disturbed study may take: the undisturbed one's, and what interruptions cost its slots."""
        return self.undisturbed + sum(sum(each.lost) for each in self.disturbances) / SLOTS

    @property
    def ratio(self) -> float:
        """Time over what explains it."""
        return self.disturbed / self.explained


class Scenario:
    """The study on the cluster, twice."""

    def __init__(self, folder: Path, server: S3Server) -> None:
        self.folder, self.server, self.told = folder, server, Told()
        self.cluster = Cluster(folder)
        self.study = ChaosStudy(write_shapes(folder / "data"), STUDY)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: self.cluster.add(), range(3)))

    def run(self) -> Told:
        """All of it."""
        begun = time.monotonic()
        self.end_well(self.submit("alone"), "alone")
        self.told.undisturbed = time.monotonic() - begun
        begun = time.monotonic()
        self.disturb()
        self.told.disturbed = time.monotonic() - begun
        found = {name: self.collected(name) for name in ("alone", "disturbed")}
        for name, storage in found.items():
            self.told.faults += [f"{name}: {fault}" for fault in faults(storage, GRID)]
        one, other = (Findings.of(storage) for storage in found.values())
        self.told.faults += one.differences(other)
        self.told.trials = len(other.trials)
        reports = self.reports("disturbed")
        for each in self.told.disturbances:
            each.find_lost(reports)
            if max(each.lost) > each.allowed:
                still = f"a slot stood still for {max(each.lost):.0f} s, {each.allowed:.0f} allowed"
                self.told.faults.append(f"{each.what}: {still}")
        return self.told

    def disturb(self) -> None:
        """Everything that may happen to a cluster, while the study runs."""
        cluster = self.cluster
        job = self.submit("disturbed")
        name = self.done("a worker's process killed", 1)[0]
        for process in cluster.processes(name, "worker"):
            process.kill()
        self.recovered()

        name = self.done("a machine cut off from the network", 1)[0]
        away = cluster.machines.pop(name)
        away.cut_off()
        self.recovered()

        added = cluster.add()
        name = self.done("a machine killed with its disk, another one added", 1)[0]
        cluster.kill(name)
        self.recovered()
        self.until("the added machine trains", lambda: added.name in self.training("disturbed"))

        away.reconnect()
        self.done("the driver on the head killed, and submitted again", SLOTS, STILL_DRIVER)
        for process in cluster.driver():
            process.kill()
        status = job.wait(timeout=60)
        if status != 128 + 9:
            self.told.faults.append(f"a driver that was killed ended as {status}, not as 137")
        job = self.submit("disturbed")
        cluster.machines[away.name] = away
        cluster.restart(away)
        self.end_well(job, "disturbed")

    def submit(self, name: str) -> "subprocess.Popen[bytes]":
        """The study in a storage of this name."""
        how = [
            "cluster.cpus_per_pack=1",
            f"cluster.concurrency={SLOTS}",
            f"artifacts='{self.server.uri(name, keys=False)}'",
        ]
        return self.cluster.submit([*how, *self.study.overrides(self.storage(name))], self.log(name))

    def log(self, name: str) -> Path:
        """What `s4mcl submit` said."""
        return self.folder / f"{name}.log"

    def end_well(self, job: "subprocess.Popen[bytes]", name: str) -> None:
        """Wait for a study's end, which must be a good one."""
        status = job.wait(timeout=600)
        assert status == 0, f"{name} ended with {status}: {self.log(name).read_text()[-2000:]}"

    def storage(self, name: str) -> Path:
        """Of a study, where only the head and this process see it."""
        return self.folder / name

    def training(self, name: str) -> dict[str, list[str]]:
        """The keys of the trials that are trained on each machine, and have reported."""
        reported = {key for key, _ in self.reports(name)}
        found: dict[str, list[str]] = {}
        for host, key in asked(self.storage(name), TRAINING):
            if key in reported:
                found.setdefault(host, []).append(key)
        return found

    def reports(self, name: str) -> list[tuple[str, float]]:
        """Key and moment of all reports."""
        return [(key, (day - UNIX_EPOCH) * 86400) for key, day in asked(self.storage(name), REPORTED)]

    def done(self, what: str, count: int, allowed: float = STILL) -> list[str]:
        """Note that something is about to happen to machines that train, as soon as so many do: their names."""
        self.until(f"{count} machines train", lambda: len(self.training("disturbed")) >= count)
        training = dict(sorted(self.training("disturbed").items())[:count])
        self.told.disturbances.append(Disturbance(what, time.time(), list(training.values()), allowed))
        return list(training)

    def recovered(self) -> None:
        """Wait until the trials that were interrupted last have reported again, or ended."""
        last = self.told.disturbances[-1]
        keys = {key for stalled in last.stalled for key in stalled}
        self.until(
            f"recovery: {last.what}", lambda: any(key in keys and at > last.at for key, at in self.reports("disturbed"))
        )

    def until(self, what: str, holds: Callable[[], bool], seconds: float = 90.0) -> None:
        """Wait for something that must come."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds:.0f} s for: {what}")
            time.sleep(0.1)

    def collected(self, name: str) -> Path:
        """The storage with the files that are kept on the S3 server, as one folder."""
        copy = self.folder / f"{name}-collected"
        shutil.copytree(self.storage(name), copy)
        self.server.copy(name, copy)
        return copy


def page(told: Told) -> str:
    """The result as Markdown."""
    rows = [
        ("trials", str(told.trials)),
        ("undisturbed study, submission and all", f"{told.undisturbed:.1f} s"),
        ("disturbed study", f"{told.disturbed:.1f} s"),
        *((f"{each.what}: slots stood still", _seconds(each.lost)) for each in told.disturbances),
        ("time over what explains it", f"{told.ratio:.2f} ({ALLOWED} allowed)"),
        ("faults", str(len(told.faults))),
    ]
    return found_page("make cluster-test", rows, told.faults)


def _seconds(found: Sequence[float]) -> str:
    return ", ".join(f"{each:.1f} s" for each in found)


def inside(folder: Path) -> int:
    """The test, alone in namespaces."""
    make_network()
    with s3_server(OUTSIDE) as server:
        told = Scenario(folder, server).run()
    print(page(told))
    return int(bool(told.faults) or told.ratio > ALLOWED)


def main() -> int:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    words.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.inside:
        return inside(given.inside)
    if lacks := missing():
        sys.exit(f"apt-get install {' '.join(lacks)}")
    if os.getuid() != 0 or not may_make_namespaces():
        sys.exit("needs root and namespaces of network, processes, mounts and host name")
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="s4mcl-cluster-", dir="/var/tmp"))  # the machines have a /tmp of their own
    command = [*ALONE, sys.executable, __file__, "--inside", str(folder)]
    status = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False).returncode
    print(f"took {time.monotonic() - begun:.0f} s", file=sys.stderr)
    if status or given.keep:
        print(f"logs: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return status


if __name__ == "__main__":
    sys.exit(main())
