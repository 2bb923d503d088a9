"""Nodes that have no room, lack something, or have another time."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from stub_study import engine_of, stub_config

from s4mcl.config import compose_study
from s4mcl.execution.away_storage import AwayStorage
from s4mcl.execution.dispatcher import Connection
from s4mcl.execution.full_nodes import STOP_SECONDS, FullNodes
from s4mcl.execution.place import Place
from s4mcl.execution.ray_session import set_environment
from s4mcl.execution.silence import Silence
from s4mcl.execution.study_run import run_study
from s4mcl.execution.worker_death import line_of, unfit_node
from s4mcl.ledger import Ledger, Worker

FULL = "node b: No space left on device: /tmp/s4mcl-u/trials has 0.0 MiB free, 3.0 MiB are needed"
LACKS = """The actor died because of an error raised in its creation task, ray::ResourceTrainable.__init__() (pid=9, \
ip=10.0.0.7, actor_id=81, repr=<TemporaryActor object>)
RuntimeError: The actor with name ResourceTrainable failed to import on the worker. This may be because needed library \
dependencies are not installed in the worker environment:

Traceback (most recent call last):
ModuleNotFoundError: No module named 's4mcl_trainables'
"""
# A node with another time (libc's clock is an hour ahead), and a disk that is full as long as a file is there.
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t kind, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(kind, at);
    if (!failed && kind == CLOCK_REALTIME) at->tv_sec += 3600;
    return failed;
}
"""
DISK = """
import os, shutil
real = shutil.disk_usage
def disk_usage(path):
    found = real(path)
    return found._replace(free=0) if os.path.exists(os.environ["IS_FULL"]) and "/s4mcl-" in str(path) else found
shutil.disk_usage = disk_usage
"""


def test_what_no_worker_of_a_node_can_import_is_told_of_the_node() -> None:
    assert (unfit_node(LACKS) or "").startswith("node 10.0.0.7 lacks the module s4mcl_trainables.\nCure: install the")
    library = LACKS.replace(
        "ModuleNotFoundError: No module named 's4mcl_trainables'", "ImportError: libcuda.so.1: gone"
    )
    assert (unfit_node(library) or "").startswith("node 10.0.0.7 cannot load what a worker needs: libcuda.so.1: gone.")
    assert line_of(LACKS) == "ModuleNotFoundError: No module named 's4mcl_trainables'"
    assert unfit_node("The actor died unexpectedly before finishing this task.\nip=10.0.0.7") is None


@pytest.mark.parametrize("outcome", ["unfit", "unreachable"])
def test_a_node_that_cannot_train_stops_the_study_at_once(tmp_path: Path, outcome: str) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger)
        name, (assignment, *_) = engine.next_pack() or pytest.fail("there is a pack")
        assert not engine.record(name, [told(assignment, outcome, text="node b lacks it.\nCure: install it")])
        assert engine.stop_reason == "node b lacks it.\nCure: install it"
        assert ledger.states([assignment.key])[assignment.key].state == "planned"


def test_a_node_that_misses_the_storage_for_a_moment_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = "s3://bucket/x cannot be written from b: timeout.\nCure: look whether b reaches it"
    with Ledger.open(tmp_path) as ledger:
        monkeypatch.setattr(Place, "reaches_artifacts", lambda _: True)
        engine = engine_of(stub_config(), ledger)
        for stops in (False, False, True):  # of one node, the third time
            name, (assignment, *_) = engine.next_pack() or pytest.fail("there is a pack")
            assert not engine.record(name, [told(assignment, "unreachable", text=away)], Worker("b", "1", "cpu"))
            assert ledger.states([assignment.key])[assignment.key].state == "planned"
            assert engine.stop_reason == (away if stops else None)
        texts = [event.text for event in ledger.events("demo") if event.kind == "unreachable"]
        assert len(texts) == 2
        assert all("s3://bucket/x cannot be written from b: timeout; others reach it" in text for text in texts)


def test_what_a_node_missed_once_is_forgotten_when_it_completes_a_trial() -> None:
    away = AwayStorage(lambda: True)
    assert [away.stops("b"), away.stops("c"), away.stops("b")] == [False] * 3
    away.reached("b")
    assert [away.stops("b"), away.stops("b"), away.stops("b")] == [False, False, True]
    assert AwayStorage(lambda: False).stops("b"), "the driver does not reach it either"


def told(assignment: Any, outcome: str, **detail: Any) -> dict[str, Any]:
    ending = {"outcome": outcome, "iterations": 0, "seconds": 0.0, "summary": {}, "test": None, "detail": detail}
    return {"key": assignment.key, "attempt": assignment.attempt, "reports": [], "ending": ending, "seconds": 0.0}


def test_a_task_on_a_full_node_holds_its_place_and_others_go_on(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger)
        now = 0.0
        connection = Connection(engine, lambda: None, Silence(0), clock=lambda: now)
        name, (assignment, *_) = engine.next_pack() or pytest.fail("there is a pack")
        connection.tasks["a"] = name
        full = [told(assignment, "no_space", text=FULL, needed=3 * 2**20, free=0, nodes_own=True)]
        assert connection.record("a", {"members": full, "full": FULL})
        assert engine.room.is_there()
        assert not engine.finished
        elsewhere = iter(engine.next_pack, None)
        assert name in [found[0] for found in elsewhere]
        connection.tasks["b"] = name
        assert connection.tasks["a"] != name
        assert connection.record("a", {"members": [], "full": FULL})
        now = 1000.0
        assert connection.for_nobody() == []
        paused = [event.text for event in ledger.events("demo") if event.kind == "paused"]
        assert paused == [f"{FULL}. Nothing is trained there until there is room"]
        assert not connection.record("a", {"members": [], "full": None, "done": True})  # there is room
        connection.ended("a")
        assert connection.full.waiting == {}


def test_the_study_stops_where_nothing_is_left_but_full_nodes() -> None:
    now = 0.0
    full = FullNodes(lambda _text: None, clock=lambda: now)
    waiting = full.waits("a", FULL)
    assert full.stuck([waiting]) is None
    now += STOP_SECONDS - 1
    assert full.stuck([waiting, "another trains"]) is None
    assert full.stuck([waiting]) is None
    now += STOP_SECONDS
    assert full.stuck([waiting]) == f"{FULL}\nCure: make room there, or set TMPDIR to another disk where Ray is started"
    full.over(waiting)
    assert full.stuck([]) is None


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Any]:
    """Two nodes of one CPU each; the second is an hour ahead, and its disk is full."""
    set_environment()
    import ray
    from ray._private.authentication.authentication_token_setup import ensure_token_if_auth_enabled
    from ray.cluster_utils import Cluster

    ensure_token_if_auth_enabled(create_token_if_missing=True)
    (tmp_path / "full").touch()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd/sitecustomize.py").write_text(DISK)
    path = os.pathsep.join(filter(None, (str(tmp_path / "odd"), os.environ.get("PYTHONPATH"))))
    odd = {"PYTHONPATH": path, "IS_FULL": str(tmp_path / "full")}
    if compiler := shutil.which("cc"):
        (tmp_path / "clock.c").write_text(CLOCK)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", "clock.so", "clock.c", "-ldl"], cwd=tmp_path, check=True)
        odd["LD_PRELOAD"] = str(tmp_path / "clock.so")
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 0, "include_dashboard": False})
    nodes.add_node(num_cpus=1, num_gpus=0, env_vars=odd)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


@pytest.mark.timeout(240)
def test_a_node_without_room_and_with_another_time(shapes: Path, tmp_path: Path, cluster: Any) -> None:
    small = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4")
    study = ("methods=[unet]", "label_fractions=[1.0]", "seeds=4", "search.trials=0", "budget.iterations=4")
    where = (f"data.path={shapes}", f"storage={tmp_path}/st", f"artifacts=file://{tmp_path}/kept", "name=demo")
    there = ("cluster=existing", f"cluster.address={cluster.address}", "budget.report_every=2")
    began = datetime.now(UTC)
    outcome = run_study(compose_study([*where, *small, *study, *there]))
    assert (outcome.failed, outcome.stop_reason) == (0, None)
    with Ledger.open(tmp_path / "st") as ledger:
        attempts, trials = ledger.attempts_frame("demo"), ledger.trials_frame("demo")
        paused = [event.text for event in ledger.events("demo") if event.kind == "paused"]
    assert trials["state"].to_list() == ["completed"] * 4
    assert sorted(attempts["ended"].to_list()) == ["completed"] * 4 + ["released"]
    (full,) = attempts.filter(ended="released")["worker"].to_list()
    assert full not in attempts.filter(ended="completed")["worker"].to_list()
    assert len(paused) == 1
    assert "No space left on device" in paused[0]
    for column in ("claimed_at", "started_at", "ended_at"):  # moments of the ledger's clock alone
        assert attempts[column].null_count() == 0
        assert attempts.filter(attempts[column].is_between(began, datetime.now(UTC))).height == 5
