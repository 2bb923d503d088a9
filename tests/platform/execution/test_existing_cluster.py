"""A study on a Ray cluster that is there already, whose nodes come and go."""

import os
import re
import socket
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from s4mcl.config import StudyConfig, compose_study
from s4mcl.execution.dispatcher import Connection
from s4mcl.execution.ray_session import SETTINGS, existing_nodes
from s4mcl.execution.silence import Silence
from s4mcl.execution.study_run import run_study
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError

SMALL = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4", "name=demo")
HOST = socket.gethostname()
PREEMPTION = 2  # of Ray's DrainNodeReason
STUDY = ("label_fractions=[1.0]", "seeds=2", "search.trials=0", "budget.iterations=4", "budget.report_every=2")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes of one CPU each, as processes of this machine."""
    monkeypatch.setenv("RAY_metrics_report_interval_ms", "1000")
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
    import ray
    from ray._private.authentication.authentication_token_setup import ensure_token_if_auth_enabled
    from ray.cluster_utils import Cluster

    ensure_token_if_auth_enabled(create_token_if_missing=True)  # as ray.init does
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 0, "include_dashboard": False})
    nodes.add_node(num_cpus=1, num_gpus=0)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def config(dataset: Path, storage: Path, address: str, *more: str) -> StudyConfig:
    where = (f"data.path={dataset}", f"storage={storage}", "cluster=existing", f"cluster.address={address}")
    return compose_study([*where, *SMALL, *STUDY, *more])


@pytest.mark.timeout(240)
def test_a_study_trains_on_all_nodes_and_keeps_its_files_under_a_uri(
    shapes: Path, tmp_path: Path, cluster: Any
) -> None:
    kept, storage = tmp_path / "kept", tmp_path / "st"
    wanted = config(shapes, storage, cluster.address, "methods=[unet]", f"artifacts=file://{kept}")
    with pytest.raises(InputError, match="cpus_per_pack=2 was asked for, 1 CPUs are on the largest of 2 nodes"):
        run_study(config(shapes, storage, cluster.address, "methods=[unet]", "cluster.cpus_per_pack=2"))
    assert not (storage / "demo").exists()
    outcome = run_study(wanted)
    assert (outcome.failed, outcome.stop_reason, outcome.untested) == (0, None, ())
    with Ledger.open(storage) as ledger:
        assert (ledger.study("demo") or {})["config"]["cluster"]["concurrency"] == 2
        trials = ledger.trials_frame("demo")
    assert trials["state"].to_list() == ["completed"] * 2
    for row in trials.to_dicts():
        attempt = kept / row["artifacts"]
        assert sorted(path.name for path in attempt.iterdir()) == ["best.pt", "predictions.npz"]
        here = storage / row["artifacts"]
        assert [path.name for path in here.iterdir()] == ["predictions.npz"]  # the weights stay where they are kept
        assert (storage / row["predictions"]).read_bytes() == (attempt / "predictions.npz").read_bytes()


def test_what_holds_the_files_and_is_away_stops_the_study_with_one_message(
    shapes: Path, tmp_path: Path, cluster: Any
) -> None:
    (tmp_path / "file").write_text("no folder")
    uri = f"file://{tmp_path}/file"
    outcome = run_study(config(shapes, tmp_path / "st", cluster.address, "methods=[unet]", f"artifacts={uri}"))
    assert (outcome.stop_reason or "").startswith(f"{uri} cannot be ")
    assert "\nCure: " in (outcome.stop_reason or "")
    with Ledger.open(tmp_path / "st") as ledger:
        assert ledger.trials_frame("demo")["state"].unique().to_list() == ["planned"]
    (tmp_path / "file").unlink()
    import ray

    ray.shutdown()
    again = run_study(config(shapes, tmp_path / "st", cluster.address, "methods=[unet]", f"artifacts={uri}"))
    assert (again.failed, again.stop_reason) == (0, None)


@pytest.mark.timeout(240)
def test_packs_of_a_node_that_is_about_to_go_are_moved(shapes: Path, tmp_path: Path, cluster: Any) -> None:
    more = ("methods=[stub]", "seeds=5", "budget.iterations=30", "budget.report_every=1")
    slow = "hyperparameters.stub.milliseconds=300"
    wanted = config(shapes, tmp_path / "st", cluster.address, *more, slow)
    drained: list[str] = []
    scraped: list[str] = []
    titles: set[str] = set()

    def drain() -> None:
        """Once a trial has reported from the second node, the node is called back; it lives on for this test."""
        import ray

        file, node = tmp_path / "st/ledger.sqlite", cluster.worker_nodes.copy().pop().node_id
        while not file.exists() or reports_of(file) < 10:
            time.sleep(0.2)
        titles.update(process_titles())
        gcs = ray._private.worker.global_worker.gcs_client
        deadline = int(1000 * (time.time() + 600))
        accepted, why = gcs.drain_node(node, PREEMPTION, "spot instance called back", deadline)
        drained.append(node if accepted else why)
        scraped.append(scrape(cluster.head_node.metrics_export_port, "ray_s4mcl_iterations_per_second"))

    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    outcome = run_study(wanted)
    thread.join(30)
    assert len(drained) == 1
    assert len(drained[0]) == 56, drained  # accepted: the id of a node
    assert (outcome.failed, outcome.stop_reason) == (0, None)
    with Ledger.open(tmp_path / "st") as ledger:
        attempts, trials = ledger.attempts_frame("demo"), ledger.trials_frame("demo")
    assert trials["state"].to_list() == ["completed"] * 5
    moved = attempts.filter(ended="moved")
    assert moved.height == 1
    last = moved["ended_at"][0]
    on_the_node = attempts.filter(worker=moved["worker"][0])
    assert on_the_node["started_at"].max() <= last  # nothing began there afterwards
    again = attempts.filter((pl.col("key") == moved["key"][0]) & (pl.col("attempt") > moved["attempt"][0]))
    assert again["ended"].to_list() == ["completed"]
    keys = {key[:8] for key in trials["key"]}
    assert titles & {f"ray::s4mcl stub 100 % {key}" for key in keys}  # while it trains
    assert titles & {"ray::s4mcl_stub", "ray::s4mcl_stub.train"}  # between two steps
    (text,) = scraped
    assert re.search(r'^ray_s4mcl_trials\{.*state="running".*study="demo".*\} [12]\.0$', text, re.MULTILINE)
    assert re.search(r'^ray_s4mcl_reused_trials\{.*study="demo".*\} 0\.0$', text, re.MULTILINE)
    assert re.search(r'^ray_s4mcl_iterations_per_second\{.*study="demo".*\} \d', text, re.MULTILINE)
    assert "its node is about to go, it is moved" in (tmp_path / "st/demo/run.log").read_text()


def scrape(port: int, name: str, seconds: float = 25.0) -> str:
    """What a node exports to Prometheus, once a metric of that name is among it."""
    until, text = time.monotonic() + seconds, ""
    while time.monotonic() < until and name not in text:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        time.sleep(0.5)
    return text


def process_titles(seconds: float = 3.0) -> set[str]:
    """What the processes of this machine that s4mcl has named are called, looked at for so long."""
    until, found = time.monotonic() + seconds, set[str]()
    while time.monotonic() < until:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                found.add(path.read_bytes().strip(b"\0 ").decode(errors="replace"))
        time.sleep(0.02)
    return {title for title in found if title.startswith("ray::s4mcl")}


def reports_of(file: Path) -> int:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM reports").fetchone()[0])
        except sqlite3.OperationalError:  # is being made
            return 0


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("127.0.0.1:9", r"the Ray cluster at 127\.0\.0\.1:9 could not be joined: .*refused\nCure: start one"),
        ("ray://127.0.0.1:10001", r"does not run through Ray's client\nCure: .*s4mcl submit"),
    ],
)
def test_no_cluster_is_one_message_at_once(address: str, told: str) -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=told):
        existing_nodes(address)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("error", "said", "told"),
    [
        (
            ConnectionError("Failed to connect to Ray cluster at 10.0.0.1:6379"),
            "gcs_client.cc:210: Failed to get cluster ID: Unauthenticated: RPC error: InvalidAuthToken: is missing",
            f"the token of {HOST} is not the cluster's\nCure: give the cluster's token: RAY_AUTH_TOKEN, or the file ",
        ),
        (
            RuntimeError("Token authentication is enabled but no authentication token was found. Ensure that ..."),
            "",
            f"it asks for a token, and there is none on {HOST}\nCure: give the cluster's token: RAY_AUTH_TOKEN, or the",
        ),
        (
            RuntimeError(
                "Version mismatch: The cluster was started with:\n    Ray: 2.61.0\n    Python: 3.12.1\nThis ..."
            ),
            "",
            "Version mismatch: The cluster was started with: Ray: 2.61.0 Python: 3.12.1 This ...\nCure: install",
        ),
    ],
)
def test_who_is_not_let_in_is_told_why(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception, said: str, told: str
) -> None:
    """In the words of Ray 2.60, which tells of a wrong token on the standard error alone, once a second."""
    import ray

    def refuse(**_given: object) -> None:
        os.write(2, said.encode())
        raise error

    ray.shutdown()
    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(InputError) as refused:
        existing_nodes("auto")
    assert str(refused.value).startswith(f"the Ray cluster of this machine could not be joined: {told}")
    assert capfd.readouterr().err == ""


def test_no_more_packs_are_claimed_than_living_nodes_have_room_for(caplog: pytest.LogCaptureFixture) -> None:
    now, room = 0.0, 2
    connection = Connection(None, lambda: None, Silence(0), lambda: room, clock=lambda: now)  # type: ignore[arg-type]
    assert not connection.is_full()
    connection.tasks |= {"a": "pack-a", "b": "pack-b"}
    assert connection.is_full()
    room = 3
    assert connection.is_full()  # nodes are not asked at each step
    now += 3
    assert not connection.is_full()
    now, room = now + 3, 0
    assert connection.is_full()
    assert caplog.messages == ["no living node has room for a pack: waiting for one"]
    now += 3
    assert connection.is_full()
    assert len(caplog.messages) == 1
