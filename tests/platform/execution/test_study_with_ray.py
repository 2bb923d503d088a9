"""Whole studies on a local Ray of two CPUs."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from meddling import meanwhile

from s4mcl.config import StudyConfig, compose_study
from s4mcl.execution import dispatcher, silence
from s4mcl.execution.ray_session import SETTINGS
from s4mcl.execution.study_run import Outcome, run_study
from s4mcl.export import export_study
from s4mcl.ledger import Ledger
from s4mcl.status import study_status
from s4mcl.stop_study import ask_to_stop
from s4mcl.study_directory import find_study
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.problems import InputError

pytestmark = pytest.mark.ray

STUB = ("methods=[stub]", "label_fractions=[0.4,1.0]", "seeds=2", "budget.iterations=4", "search.trials=3")
TEXTS = {"key", "stage", "method", "state", "hyperparameters", "finished_at"}
NUMBERS = {"label_fraction", "seed", "reused", "attempts", "iterations", "seconds"}
TESTED = {"accuracy", "balanced_accuracy", "macro_f1", "auc", "dice", "iou", "predictions"}
METRICS = {f"{part}_{name}" for part in ("val", "test") for name in ("accuracy", "balanced_accuracy", "dice")}


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    """One Ray for this module; `run_study` uses a Ray that is there."""
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def words(dataset: Path, storage: Path, *more: str) -> list[str]:
    split = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4")
    where = (
        "name=demo",
        f"data.path={dataset}",
        f"storage={storage}",
        "cluster.num_cpus=2",
        "search.label_fractions=[0.4]",
    )
    return [*where, *split, *more]


def config(dataset: Path, storage: Path, *more: str) -> StudyConfig:
    return compose_study(words(dataset, storage, *more))


def test_a_study_is_run_once_and_exported(shapes: Path, tmp_path: Path, local_ray: None) -> None:
    outcome = run_study(config(shapes, tmp_path / "st", *STUB))
    study = tmp_path / "st/demo"
    assert outcome == Outcome(study, interrupted=False, failed=0, untested=(), stop_reason=None)
    for name in ("config.yaml", "partition.npz", "samples.npz", "run.log"):
        assert (study / name).stat().st_size > 0
    export_study(tmp_path / "st", "demo", tmp_path / "exported")
    trials = pl.read_parquet(tmp_path / "exported/trials.parquet")
    assert set(trials.columns) >= TEXTS | NUMBERS | METRICS
    assert trials["state"].unique().to_list() == ["completed"]
    confirmed = trials.filter(stage="confirm")
    assert sorted(confirmed.select("label_fraction", "seed").rows()) == [(0.4, 0), (0.4, 1), (1.0, 0), (1.0, 1)]
    assert confirmed["test_dice"].null_count() == 0
    assert trials.filter(stage="search")["test_dice"].null_count() == 3
    reports = pl.read_parquet(tmp_path / "exported/reports.parquet")
    assert {"key", "iteration", "loss/stub", "val_dice"} <= set(reports.columns)
    assert reports.height == 4 * trials["key"].n_unique()

    attempts = pl.read_parquet(tmp_path / "exported/attempts.parquet")
    assert sorted(attempts["key"]) == sorted(trials["key"].unique())
    assert attempts.select("host", "device", "cpus", "gpus", "ended").unique().rows() == [
        (socket.gethostname(), "cpu", 1.0, 0.0, "completed")
    ]
    assert attempts["worker"].cast(pl.Int64).n_unique() <= 2
    ordered = (pl.col("claimed_at") <= pl.col("started_at")) & (pl.col("started_at") <= pl.col("ended_at"))
    assert attempts.filter(ordered).height == attempts.height

    begun = time.monotonic()
    assert run_study(config(shapes, tmp_path / "st", *STUB)) == outcome
    assert time.monotonic() - begun < 3
    with Ledger.open(tmp_path / "st") as ledger:
        again = ledger.trials_frame("demo")
    assert again["attempts"].to_list() == trials["attempts"].to_list()
    assert again["finished_at"].to_list() == trials["finished_at"].to_list()
    log = (study / "run.log").read_text()
    assert log.count("begun: ") == log.count("ended: ") == 2
    assert log.count("trained in") == trials["key"].n_unique()


def test_a_loss_that_turns_nan_fails_its_trial_with_step_and_terms(
    shapes: Path, tmp_path: Path, local_ray: None
) -> None:
    more = ("methods=[stub,unet]", "hyperparameters.stub.fail_at=3", "search.trials=0", "label_fractions=[1.0]")
    outcome = run_study(config(shapes, tmp_path, *more, "seeds=1", "budget.iterations=4", "budget.report_every=2"))
    assert outcome.failed == 1
    assert outcome.stop_reason is None
    with Ledger.open(tmp_path) as ledger:
        (failed,) = ledger.failed_trials("demo")
        assert (failed.method, failed.outcome) == ("stub", "nan")
        assert failed.detail == {"step": 3, "terms": {"loss/stub": 3}}
        assert ledger.counts("demo")["confirm"]["completed"] == 1
        provenance = (ledger.study("demo") or {})["provenance"]
    assert provenance["reproduction"].startswith("s4mcl run name=demo storage=reproduced data.path=")
    assert "'loss/stub': 3" in (tmp_path / "demo/run.log").read_text()
    with np.load(tmp_path / "demo/ranked.npz", allow_pickle=False) as ranked:  # of the one that has masks
        assert set(ranked["shown_method"].tolist()) == {"unet"}
        assert set(ranked["shown_row"].tolist()) <= set(ranked["rows"].tolist())


def test_a_locked_study_shows_no_test_label(shapes: Path, tmp_path: Path, local_ray: None) -> None:
    small = ("methods=[stub]", "search.trials=1", "label_fractions=[0.4]", "seeds=2", "budget.iterations=4")
    assert run_study(config(shapes, tmp_path, *small, "name=opened")).failed == 0
    outcome = run_study(config(shapes, tmp_path, *small, "seeds=3", "test=locked"))
    assert (outcome.failed, outcome.untested, outcome.stop_reason) == (0, (), None)
    study = tmp_path / "demo"
    assert (tmp_path / "opened/samples.npz").exists()
    assert not (study / "samples.npz").exists()
    export_study(tmp_path, "demo", tmp_path / "exported")
    trials = pl.read_parquet(tmp_path / "exported/trials.parquet")
    confirmed = trials.filter(stage="confirm")
    assert (confirmed.height, confirmed["state"].unique().to_list()) == (3, ["completed"])
    assert confirmed["reused"].sum() == 2
    assert confirmed["val_dice"].null_count() == 0
    hidden = [name for name in trials.columns if name.startswith("test_")] + ["predictions"]
    assert {name.removeprefix("test_") for name in hidden} >= TESTED
    assert trials.select(hidden).null_count().row(0) == (trials.height,) * len(hidden)
    status = study_status(tmp_path, "demo")
    assert status.test_openings == 0
    assert "test labels read: 0 times" in status.to_text()
    text = write_report(study).read_text(encoding="utf-8")
    assert "No test labels were read" in text


def test_the_same_study_gives_the_same_numbers(shapes: Path, tmp_path: Path, local_ray: None) -> None:
    small = ("methods=[s4mcl,unet,cnn]", "label_fractions=[1.0]", "seeds=1", "budget.iterations=4")
    small += ("budget.report_every=2", "search.trials=1", "batch.labelled=4", "batch.unlabelled=3", "precision=float32")
    found: list[list[tuple[Any, ...]]] = []
    for place in ("one", "other"):
        assert run_study(config(shapes, tmp_path / place, *small)).failed == 0
        with Ledger.open(tmp_path / place) as ledger:
            trials = ledger.trials_frame("demo").sort("stage", "key")
            found.append(trials.select("stage", "key", "val_score", "test_dice", "test_accuracy").rows())
            reports = ledger.reports_frame("demo")
            assert {"loss/generalised_dice", "loss/class_real", "val_score"} <= set(reports.columns)
    assert found[0] == found[1]
    confirmed = trials.filter(stage="confirm")
    assert confirmed.filter(method="s4mcl").select("test_dice", "test_accuracy").null_count().row(0) == (0, 0)
    assert confirmed.filter(method="unet")["test_accuracy"].null_count() == 1
    assert confirmed.filter(method="cnn")["test_dice"].null_count() == 1


def test_a_worker_that_is_killed_three_times_fails_its_trial(shapes: Path, tmp_path: Path, local_ray: None) -> None:
    before = own_workers()
    killed: list[int] = []

    def kill() -> bool:
        for process in own_workers() - before - set(killed):
            os.kill(process, signal.SIGKILL)
            killed.append(process)
        return len(killed) >= 3

    more = ("methods=[stub]", "search.trials=0", "label_fractions=[1.0]", "seeds=1", "budget.iterations=4")
    with meanwhile(kill):
        outcome = run_study(config(shapes, tmp_path, *more, "hyperparameters.stub.milliseconds=500"))
    assert len(killed) == 3
    assert outcome.failed == 1
    with Ledger.open(tmp_path) as ledger:
        (failed,) = ledger.failed_trials("demo")
        assert failed.outcome == "lost"
        assert failed.detail["text"].startswith("the worker died 3 times, the last time of: The actor died")
        assert [event.kind for event in ledger.events("demo")] == ["retried", "retried", "failed"]
        assert ledger.attempts_frame("demo")["ended"].to_list() == ["lost"]


def test_workers_are_kept_for_the_next_trial_though_many_end_together(
    shapes: Path, tmp_path: Path, local_ray: None
) -> None:
    seen: set[int] = set()

    def watch() -> bool:
        seen.update(own_workers())
        return False

    more = ("methods=[stub]", "search.trials=0", "label_fractions=[1.0]", "seeds=60", "budget.iterations=1")
    few = ("cluster.num_cpus=2", "cluster.concurrency=2", "hyperparameters.stub.milliseconds=200")
    with meanwhile(watch, seconds=0.02):
        assert run_study(config(shapes, tmp_path, *more, *few)).failed == 0
    assert len(seen) <= 4, "two slots, and what an earlier test left"


def test_a_worker_that_hangs_is_killed_and_another_goes_on(
    shapes: Path, tmp_path: Path, local_ray: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "LEAST_SECONDS", 3.0)
    stopped: list[int] = []

    def stop_one() -> bool:
        """As soon as a few reports are there, the worker hears no signal but SIGKILL."""
        if (tmp_path / "ledger.sqlite").exists() and reported(tmp_path) >= 4:
            stopped.append(next(iter(own_workers() - before)))
            os.kill(stopped[0], signal.SIGSTOP)
        return bool(stopped)

    before = own_workers()
    more = ("methods=[stub]", "search.trials=0", "label_fractions=[1.0]", "seeds=1", "budget.iterations=20")
    with meanwhile(stop_one):
        outcome = run_study(config(shapes, tmp_path, *more, "hyperparameters.stub.milliseconds=100"))
    assert len(stopped) == 1
    assert outcome.failed == 0
    with Ledger.open(tmp_path) as ledger:
        assert [event.kind for event in ledger.events("demo")] == ["silent", "retried"]
        assert ledger.counts("demo")["confirm"]["completed"] == 1
        assert ledger.reports_frame("demo")["iteration"].to_list() == list(range(2, 21, 2))


def test_a_person_stops_trials_and_then_the_study(
    shapes: Path, tmp_path: Path, local_ray: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trials whose workers say nothing for long end at once, and their workers are killed."""
    monkeypatch.setattr(dispatcher, "REPORT_SECONDS", 1.0)
    told: list[str] = []

    def ask() -> bool:
        """Two trials, one after the other; then the study."""
        keys = running(tmp_path)
        if keys and len(told) < 2:
            told.append(ask_to_stop(find_study(tmp_path / "demo"), keys[0][:16]))
            with pytest.raises(InputError, match=r"has already ended \(failed: stopped\)"):
                ask_to_stop(find_study(tmp_path / "demo"), keys[0])
        elif keys:
            told.append(ask_to_stop(find_study(tmp_path / "demo")))
        return len(told) == 3

    more = ("methods=[stub]", "search.trials=0", "label_fractions=[1.0]", "seeds=4", "budget.iterations=2")
    slow = config(shapes, tmp_path, *more, "cluster.concurrency=1", "hyperparameters.stub.milliseconds=10000")
    with meanwhile(ask):
        outcome = run_study(slow)
    assert outcome.interrupted
    assert outcome.stop_reason is not None
    assert outcome.stop_reason.startswith("a stop was asked for by s4mcl stop (process ")
    assert [text.partition(" is being stopped by process")[0].split()[0] for text in told] == [
        "trial",
        "trial",
        "study",
    ]
    with Ledger.open(tmp_path) as ledger:
        assert ledger.counts("demo")["confirm"] | {} == {
            **dict.fromkeys(("running", "completed", "reused", "pruned"), 0),
            "failed": 2,
            "planned": 2,
        }
        kinds = [event.kind for event in ledger.events("demo")]
        assert kinds == ["trial_stopped", "trial_stopped", "interrupted"]
        assert ledger.attempts_frame("demo")["ended"].to_list() == ["failed", "failed", "released"]
        assert [found.family for found in ledger.check()] == []
    with pytest.raises(InputError, match="nobody runs study"):
        ask_to_stop(find_study(tmp_path / "demo"))


def running(storage: Path) -> list[str]:
    try:
        with sqlite3.connect(f"file:{storage / 'ledger.sqlite'}?mode=ro", uri=True) as connection:
            return [key for (key,) in connection.execute("select key from trials where state = 'running'")]
    except sqlite3.OperationalError:
        return []


def reported(storage: Path) -> int:
    with sqlite3.connect(storage / "ledger.sqlite") as connection:
        try:
            found: int = connection.execute("select count(*) from reports").fetchone()[0]
        except sqlite3.OperationalError:  # the file is there, its tables not yet
            return 0
        return found


def own_workers() -> set[int]:
    """The processes of this Ray that train; they are the grandchildren of this process."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(folder.name)] = (folder / "cmdline").read_text()
        except (OSError, ValueError):
            continue
    train = ("ray::PackTrainable", "ray::s4mcl")  # between two steps, and in one
    return {pid for pid in names if names[pid].startswith(train) and parents.get(parents[pid]) == os.getpid()}


def test_killed_then_interrupted_then_done(shapes: Path, tmp_path: Path) -> None:
    more = words(shapes, tmp_path, *STUB, "hyperparameters.stub.milliseconds=150")
    command = [str(Path(sys.executable).with_name("s4mcl")), "run", *more]

    with started(command) as driver:
        completed_at_least(tmp_path, 1)
        driver.kill()
        assert driver.wait() == -signal.SIGKILL
    first = completed(tmp_path)

    with started(command) as driver:
        completed_at_least(tmp_path, len(first) + 1)
        os.killpg(driver.pid, signal.SIGINT)  # as a terminal does, to Ray's processes too
        begun = time.monotonic()
        assert driver.wait(timeout=30) == 130
        assert time.monotonic() - begun < 15
        assert driver.stderr is not None
        assert "the same command again goes on" in driver.stderr.read()
    second = completed(tmp_path)
    assert first.items() <= second.items(), "a completed trial is not trained again"
    with Ledger.open(tmp_path) as ledger:
        assert sum(stage["running"] for stage in ledger.counts("demo").values()) == 0
        assert ledger.events("demo")[-1].kind == "interrupted"

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "demo/report.html")
    assert second.items() <= completed(tmp_path).items()
    with Ledger.open(tmp_path) as ledger:
        trials = ledger.trials_frame("demo")
        assert trials.filter(stage="confirm").height == 4
        assert trials.select("stage", "key").is_duplicated().sum() == 0
        assert trials["attempts"].max() <= 3  # type: ignore[operator]  # a column of numbers


def started(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def completed(storage: Path) -> dict[str, tuple[int, str]]:
    """Key to attempt and moment of each completed trial."""
    try:
        with sqlite3.connect(f"file:{storage / 'ledger.sqlite'}?mode=ro", uri=True) as connection:
            rows = connection.execute("select key, attempt, finished_at from trials where state = 'completed'")
            return {key: (attempt, at) for key, attempt, at in rows}
    except sqlite3.OperationalError:
        return {}


def completed_at_least(storage: Path, count: int) -> None:
    end = time.monotonic() + 60
    while len(completed(storage)) < count:
        assert time.monotonic() < end, "no trial was completed"
        time.sleep(0.05)
