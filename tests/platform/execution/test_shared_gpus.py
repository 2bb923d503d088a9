"""Packs that share GPUs under Ray, which is told of two that are not there."""

from pathlib import Path

import polars as pl
import pytest
from greedy_method import NEEDED, SPELLING, TOTAL

from s4mcl.config import compose_study
from s4mcl.execution.study_run import Outcome, run_study
from s4mcl.ledger import Ledger, MemoryFigure
from s4mcl_trainables.device_memory import CONTEXT_BYTES

pytestmark = pytest.mark.ray

SMALL = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4")
STUDY = ("label_fractions=[1.0]", "search.trials=0", "budget.iterations=3", "budget.report_every=1")
MACHINE = ("cluster.num_cpus=6", "cluster.num_gpus=2", "cluster.gpus_per_pack=auto", "cluster.concurrency=6")


@pytest.fixture(autouse=True)
def greedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The methods are found by this process and by the workers."""
    monkeypatch.setenv("S4MCL_METHODS", SPELLING)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def run(dataset: Path, storage: Path, *words: str) -> Outcome:
    where = (f"data.path={dataset}", f"storage={storage}")
    return run_study(compose_study([*where, *SMALL, *STUDY, *MACHINE, *words]))


def most_at_once(attempts: pl.DataFrame) -> tuple[float, float]:
    """The most GPU shares, and the most bytes, that packs on one device had at one moment."""
    shares = taken = 0.0
    for moment in attempts["started_at"]:
        there = attempts.filter((pl.col("started_at") <= moment) & (pl.col("ended_at") > moment))
        for _, packs in there.group_by("device"):
            shares = max(shares, packs["gpus"].sum())
            taken = max(taken, sum(NEEDED[method] + CONTEXT_BYTES for method in packs["method"]))
    return shares, taken


@pytest.mark.timeout(240)
def test_packs_of_two_kinds_share_two_gpus(shapes: Path, tmp_path: Path) -> None:
    outcome = run(shapes, tmp_path, "name=first", "methods=[greedy,modest]", "seeds=8")
    assert (outcome.failed, outcome.stop_reason, outcome.untested) == (0, None, ())
    with Ledger.open(tmp_path) as ledger:
        attempts = ledger.attempts_frame("first")
        figures = {figure.method: figure.peak_bytes for figure in ledger.memory()}
    assert attempts["ended"].unique().sort().to_list() == ["completed", "moved"]
    moved = attempts.filter(ended="moved")  # once its kind was known, into a share
    assert moved["gpus"].unique().to_list() == [1.0]
    again = attempts.join(moved.select("key"), on="key").filter(attempt=2)
    assert set(again["gpus"]) <= {0.3333, 0.1428}
    assert attempts["device"].unique().sort().to_list() == ["cuda:0", "cuda:1"]
    assert figures == {method: needed + CONTEXT_BYTES for method, needed in NEEDED.items()}
    greedy, modest = (attempts.filter(method=method)["gpus"] for method in ("greedy", "modest"))
    assert (greedy[0], modest.max()) == (1.0, 1.0)  # nobody knew them
    assert (greedy.min(), modest.min()) == (0.3333, 0.1428)
    shares, taken = most_at_once(attempts)
    assert shares <= 1.0001
    assert taken <= TOTAL


@pytest.mark.timeout(240)
def test_what_an_earlier_study_showed_serves_a_later_one_and_a_share_that_is_too_small_grows(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(shapes, tmp_path, "name=first", "methods=[greedy]", "seeds=1").failed == 0
    with Ledger.open(tmp_path) as ledger:
        (figure,) = ledger.memory()
    monkeypatch.setattr("s4mcl.execution.devices._smallest", lambda: TOTAL)  # what the driver of a GPU says
    assert run(shapes, tmp_path, "name=second", "methods=[greedy]", "seeds=5", "reuse=off").failed == 0
    with Ledger.open(tmp_path) as ledger:
        assert ledger.attempts_frame("second")["gpus"].unique().to_list() == [0.3333]
    other = tmp_path / "other"
    with Ledger.open(other) as ledger:  # whose figure is a tenth of what is needed
        ledger.remember_memory(MemoryFigure(**{**vars(figure), "peak_bytes": figure.peak_bytes // 10}))
    outcome = run(shapes, other, "name=third", "methods=[greedy]", "seeds=5")
    assert (outcome.failed, outcome.stop_reason) == (0, None)
    with Ledger.open(other) as ledger:
        attempts, events = ledger.attempts_frame("third"), ledger.events("third")
    assert attempts["gpus"].unique().sort().to_list() == [0.125, 0.25, 0.5]
    assert attempts.filter(ended="completed")["gpus"].unique().to_list() == [0.5]
    released = attempts.filter(ended="released").height
    assert 2 <= released == [event.kind for event in events].count("no_memory")
    assert "no memory in 0.25 of a GPU, packs of its kind have 0.5 from now on" in (other / "third/run.log").read_text()
