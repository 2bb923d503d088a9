"""A whole study whose trials train as programs of several, on a local Ray."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from meddling import meanwhile

from s4mcl.config import compose_study
from s4mcl.execution.ray_session import SETTINGS
from s4mcl.execution.study_run import run_study
from s4mcl.ledger import Ledger
from s4mcl.stop_study import ask_to_stop
from s4mcl.study_directory import find_study

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
    import ray

    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def trained(dataset: Path, storage: Path, *more: str) -> pl.DataFrame:
    words = (
        "name=demo",
        f"data.path={dataset}",
        f"storage={storage}",
        *("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4"),
        *("methods=[s4mcl]", "seeds=3", "label_fractions=[0.4,1.0]", "search.label_fractions=[0.4]"),
        *("search.trials=3", "search.sampler=random", "budget.iterations=6", "budget.report_every=2"),
        *("cluster.num_cpus=1", "precision=float32"),
    )
    outcome = run_study(compose_study([*words, *more]))
    assert outcome.stop_reason is None
    with Ledger.open(storage) as ledger:
        return ledger.trials_frame("demo").sort("stage", "key")


def test_its_numbers_are_those_of_trials_alone(shapes: Path, tmp_path: Path, local_ray: None) -> None:
    """With the search's three proposals under way together on both sides."""
    packed = trained(shapes, tmp_path / "packed", "cluster.trials_per_pack=3")
    alone = trained(
        shapes, tmp_path / "alone", "cluster.trials_per_pack=1", "cluster.concurrency=3", "cluster.num_cpus=3"
    )
    assert packed["state"].unique().to_list() == ["completed"]
    assert packed["key"].to_list() == alone["key"].to_list()
    for name in ("val_score", "test_dice", "test_accuracy"):
        assert (packed[name] - alone[name]).abs().max() <= 0.05, name  # one image of 20 may fall the other way
    with Ledger.open(tmp_path / "packed") as ledger:
        frame = ledger.attempts_frame("demo")
        assert set(frame["cpus"].round(3)) == {0.333}, "three share a process"
        assert [finding for finding in ledger.check() if finding.family != "files"] == []


def test_one_is_stopped_and_the_worker_killed(shapes: Path, tmp_path: Path, local_ray: None) -> None:
    """The rest of the pack goes on without the one, in another process, from its checkpoints."""
    stopped: list[str] = []

    def meddle() -> bool:
        if not (tmp_path / "demo/run.log").exists():
            return False
        with Ledger.open(tmp_path, create=False) as ledger:
            reports = ledger.reports_frame("demo")
            workers = ledger.attempts_frame("demo").filter(pl.col("worker").is_not_null())
        if reports.is_empty() or workers.is_empty():
            return False
        stopped.append(str(reports["key"][0]))
        ask_to_stop(find_study(tmp_path / "demo"), stopped[0])
        time.sleep(3)  # the driver looks every two seconds
        os.kill(int(workers["worker"][0]), signal.SIGKILL)
        return True

    long = ("search.trials=0", "label_fractions=[0.4]", "budget.iterations=600", "budget.report_every=10")
    with meanwhile(meddle):
        frame = trained(shapes, tmp_path, "cluster.trials_per_pack=3", *long)
    states = dict(frame.select("key", "state").iter_rows())
    assert states.pop(stopped[0]) == "failed"
    assert set(states.values()) == {"completed"}
    with Ledger.open(tmp_path) as ledger:
        kinds = [event.kind for event in ledger.events("demo")]
        assert "trial_stopped" in kinds
        assert "retried" in kinds
        assert ledger.reports_frame("demo").filter(key=stopped[0]).height < 60
