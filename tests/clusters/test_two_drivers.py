"""Two drivers of one study: a ledger in PostgreSQL, a Ray cluster and a storage each, files of trials under one URI."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from postgres_server import PostgresServer
from s4mcl.execution.ray_session import SETTINGS
from s4mcl.ledger import Ledger
from s4mcl.results import Results

pytestmark = pytest.mark.ray

DRIVER = Path(__file__).with_name("driver_elsewhere.py")
SMALL = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4", "name=shared")
STUDY = ("label_fractions=[0.4,1.0]", "seeds=2", "search.label_fractions=[0.4]", "cluster.concurrency=2")
HEADS = ("head-a", "head-b")


@pytest.fixture(scope="module")
def clusters() -> Iterator[dict[str, str]]:
    """Two clusters of one CPU each; by the name of the head its address."""
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
    from ray.cluster_utils import Cluster

    with ExitStack() as held:
        found = {}
        for head in HEADS:
            cluster: Any = Cluster(
                initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 0, "include_dashboard": False}
            )
            held.callback(cluster.shutdown)
            found[head] = cluster.address
        assert len(set(found.values())) == 2
        yield found


class Place:
    """What the two drivers of a test share, and the storage of each."""

    def __init__(self, data: Path, folder: Path, ledger: str, clusters: dict[str, str]) -> None:
        self.data, self.folder, self.ledger, self.clusters = data, folder, ledger, clusters

    def storage(self, head: str) -> Path:
        return self.folder / head

    @contextmanager
    def driver(self, head: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """`s4mcl run` on a head; its group is gone when the block ends."""
        where = (f"data.path={self.data}", f"storage={self.storage(head)}", f"ledger={self.ledger}")
        cluster = ("cluster=existing", f"cluster.address={self.clusters[head]}", f"artifacts=file://{self.folder}/kept")
        command = [sys.executable, str(DRIVER), head, "run", "--no-report", *where, *cluster, *SMALL, *STUDY, *words]
        environment = {**os.environ, "RAY_AUTH_MODE": "token"}
        with (self.folder / f"{head}.log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def said(self, head: str) -> str:
        return (self.folder / f"{head}.log").read_text(errors="replace")

    def ledger_of(self, head: str) -> Ledger:
        return Ledger.open(self.storage(head), create=False)


@pytest.fixture
def place(shapes: Path, tmp_path: Path, postgres: PostgresServer, clusters: dict[str, str]) -> Place:
    return Place(shapes, tmp_path, postgres.database(), clusters)


def owners(ledger: Ledger) -> set[str]:
    """The hosts whose drivers hold a trial now."""
    with ledger.connection() as connection:
        rows = connection.exec_driver_sql("SELECT DISTINCT owner_host FROM trials WHERE state = 'running'")
        return {row[0] for row in rows}


def completed_by(storage: Path) -> set[str]:
    """The first characters of the keys that the driver of a storage has trained, as its log tells."""
    lines = (storage / "shared/run.log").read_text().splitlines()
    return {line.partition("(")[2][:8] for line in lines if ": completed, score" in line and "trained in" in line}


@pytest.mark.timeout(240)
def test_two_clusters_train_one_study_and_no_trial_twice(place: Place) -> None:
    words = ("methods=[unet]", "search.trials=6", "budget.iterations=20")
    with place.driver("head-a", *words) as one, place.driver("head-b", *words) as other:
        assert one.wait(200) == 0, place.said("head-a")
        assert other.wait(60) == 0, place.said("head-b")
    with place.ledger_of("head-a") as ledger:
        trials, attempts, reports = (
            frame("shared") for frame in (ledger.trials_frame, ledger.attempts_frame, ledger.reports_frame)
        )
        proposals = ledger.proposals("shared")
        assert ledger.check() == []
    assert trials["state"].unique().to_list() == ["completed"]
    assert trials["attempts"].unique().to_list() == [1]
    assert attempts["ended"].unique().to_list() == ["completed"]
    assert attempts.height == trials["key"].n_unique()
    assert reports.group_by("key").len()["len"].unique().to_list() == [10]  # every tenth of the budget, once
    assert [proposal.number for proposal in proposals] == list(range(6))
    assert trials.filter(stage="confirm").height == 2 * 2
    assert trials.filter(stage="confirm")["test_dice"].null_count() == 0

    trained = {head: completed_by(place.storage(head)) for head in HEADS}
    assert all(trained.values()), "each has trained some"
    assert not trained["head-a"] & trained["head-b"]
    assert trained["head-a"] | trained["head-b"] == {key[:8] for key in trials["key"]}
    for head in HEADS:  # each storage has what its report shows
        found = Results(place.storage(head) / "shared")
        assert found.trials().equals(Results(place.storage("head-a") / "shared").trials())
        named = trials["predictions"].drop_nulls().unique()
        assert all((place.storage(head) / name).is_file() for name in named)


@pytest.mark.timeout(240)
def test_when_one_driver_is_killed_the_other_finishes_its_trials(place: Place) -> None:
    words = ("methods=[stub]", "seeds=2", "search.trials=0", "budget.iterations=20", "test=locked")
    slow = "hyperparameters.stub.milliseconds=250"
    with place.driver("head-a", *words, slow) as one, place.driver("head-b", *words, slow) as other:
        wait_for(lambda: holding(place) == set(HEADS), lambda: place.said("head-a") + place.said("head-b"))
        time.sleep(1)  # in the middle of a trial
        os.killpg(one.pid, signal.SIGKILL)
        assert one.wait() == -signal.SIGKILL
        assert other.wait(200) == 0, place.said("head-b")
    with place.ledger_of("head-b") as ledger:
        trials, attempts, reports = (
            frame("shared") for frame in (ledger.trials_frame, ledger.attempts_frame, ledger.reports_frame)
        )
        assert ledger.check() == []
    assert trials["state"].to_list() == ["completed"] * 4
    lost = attempts.filter(ended="lost")
    assert lost.height == 1, "what it held"
    again = attempts.join(lost.select("key", lost="attempt", since="ended_at"), on="key").filter(
        pl.col("attempt") > pl.col("lost")
    )
    assert again["ended"].to_list() == ["completed"]
    assert (again["claimed_at"] >= again["since"]).all()
    assert attempts.filter(ended="completed")["key"].n_unique() == 4
    assert attempts.height == 4 + 1
    assert reports.group_by("key").len()["len"].to_list() == [10] * 4


def holding(place: Place) -> set[str]:
    """The hosts whose drivers hold trials; none while there is no ledger."""
    if not (place.storage("head-a") / "ledger.url").exists():
        return set()
    with place.ledger_of("head-a") as ledger:
        return owners(ledger)


def wait_for(true: Any, told: Any, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, told()
        time.sleep(0.2)
