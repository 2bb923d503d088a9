"""Ray that dies under a driver: noticed within seconds, and never taken for a failure of trials."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from s4mcl.execution import dispatcher, ray_watch
from s4mcl.execution.dispatcher import Steps, connect
from s4mcl.execution.ray_session import ray_session
from s4mcl.execution.ray_watch import lost_process, watched
from s4mcl_trainables.problems import InputError


class Study:
    """The part of an engine that hears of a death."""

    def __init__(self) -> None:
        self.stop_reason: str | None = None
        self.closed: list[tuple[str, str | None]] = []
        self.config = SimpleNamespace(cluster=SimpleNamespace(silence=0.0))

    def stop(self, reason: str) -> None:
        self.stop_reason = self.stop_reason or reason

    def close(self, name: str, error: str | None, trace: str = "") -> None:
        self.closed.append((name, error))


def node(monkeypatch: pytest.MonkeyPatch, **found: Any) -> None:
    monkeypatch.setattr(ray_watch, "_node", lambda: SimpleNamespace(**found))


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_dead_raylet_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with sleeper() as raylet, sleeper() as gcs:
        processes = {kind: [SimpleNamespace(process=one)] for kind, one in (("raylet", raylet), ("gcs_server", gcs))}
        node(monkeypatch, all_processes=processes)
        assert lost_process() is None
        raylet.kill()
        assert lost_process(patience=10.0) == f"Ray's raylet (process {raylet.pid}) died"
        gcs.kill()


def test_a_raylet_that_others_started_is_asked_at_its_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = str(tmp_path / "raylet")
    node(monkeypatch, all_processes={}, raylet_socket_name=path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        assert lost_process() is None
    assert lost_process() == f"the raylet of this host died (it does not answer at {path})"
    os.unlink(path)  # noqa: PTH108
    assert str(lost_process()).startswith("the raylet of this host died")


def test_without_ray_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_watch, "_node", lambda: None)
    assert lost_process() is None


def test_a_death_stops_the_engine_and_leaves_if_the_run_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_watch, "LOOK_SECONDS", 0.01)
    study, left = Study(), []
    with watched(study, lambda: "the raylet died", lambda: left.append(True), orderly=60.0):  # type: ignore[arg-type]
        until = time.monotonic() + 10
        while study.stop_reason is None and time.monotonic() < until:
            time.sleep(0.01)
    assert (study.stop_reason, left) == ("the raylet died", [])
    with watched(study, lambda: "the GCS died", lambda: left.append(True), orderly=0.05):  # type: ignore[arg-type]
        until = time.monotonic() + 10
        while not left and time.monotonic() < until:
            time.sleep(0.01)
    assert left == [True]


def test_what_an_orderly_end_shuts_down_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_watch, "LOOK_SECONDS", 0.01)
    study, left, dead = Study(), [], []

    def lost() -> str | None:
        return "the raylet died" if dead else None

    with watched(study, lost, lambda: left.append(True), orderly=0.0) as ending:  # type: ignore[arg-type]
        ending()
        dead.append(True)
        time.sleep(0.2)
    assert (study.stop_reason, left) == (None, [])


@pytest.mark.parametrize(
    ("gone", "told"),
    [("the raylet died", None), (None, "the worker died 1 times, the last time of: no error was told")],
)
def test_workers_that_die_with_ray_fail_no_trial(
    monkeypatch: pytest.MonkeyPatch, gone: str | None, told: str | None
) -> None:
    study = Study()
    connection = connect("demo", study, lambda: None)  # type: ignore[arg-type]
    connection.tasks["task"] = "pack"
    monkeypatch.setattr(dispatcher, "lost_process", lambda patience=0.0: gone)
    task = SimpleNamespace(trial_id="task", error_file=None, run_metadata=SimpleNamespace(num_failures=1))
    Steps("demo").on_trial_error(1, [task], task)
    assert connection.error is None
    assert study.closed == [("pack", told)]
    assert study.stop_reason == gone


def test_the_environment_is_set_before_anything_may_import_ray() -> None:
    code = """
import os, sys
from s4mcl.execution import study_run
def inspect(config):
    assert "ray" not in sys.modules
    print(os.environ["RAY_AUTH_MODE"])
    raise SystemExit(0)
study_run.inspect = inspect
study_run.refuse_files = lambda *_: None
study_run.run_study(study_run.StudyConfig.model_construct(storage="nowhere", name="demo"))
"""
    bare = {name: value for name, value in os.environ.items() if name != "RAY_AUTH_MODE"}
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=bare)
    assert shown.stdout == "token\n"


def test_a_ray_that_does_not_start_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def init(**_: Any) -> None:
        raise RuntimeError("Failed to start GCS.  Last 0 lines of error files:\n\n.Please check gcs_server.out")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", init)
    config = SimpleNamespace(cluster=SimpleNamespace(num_cpus=1, num_gpus=None, address=None))
    text = (
        "Ray could not be started: Failed to start GCS.  Last 0 lines of error files:\nCure: the same command goes on"
    )
    with pytest.raises(InputError) as refused, ray_session(config, Study()):  # type: ignore[arg-type]
        pass
    assert str(refused.value).startswith(text)
