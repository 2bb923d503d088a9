from pathlib import Path

import polars as pl
import pytest
from stub_study import Member, Workers, engine_of, stub_config
from virtual_cluster import VirtualCluster

from s4mcl.config.study_config import Limits
from s4mcl.execution.spending import Spending
from s4mcl.ledger import Ledger


def test_each_limit_names_itself_when_it_is_used_up() -> None:
    now = [100.0]

    def spending(**limits: float) -> Spending:
        return Spending(Limits(**limits), trials=3, seconds=1800.0, gpus=0.5, clock=lambda: now[0])  # type: ignore[arg-type]

    assert spending().used_up() is None
    trials = spending(trials=4)
    assert trials.no_new_trial() is None
    trials.begun()
    assert trials.no_new_trial() == "limits.trials=4 is used up"
    assert trials.used_up() is None, "what has begun goes on"
    hours = spending(gpu_hours=0.5)
    hours.trained(1799.0)
    assert hours.used_up() is None
    hours.trained(1.0)
    assert hours.used_up() == "limits.gpu_hours=0.5 is used up"
    wall = spending(hours=2.0)
    now[0] += 7199.0
    assert wall.used_up() is None
    now[0] += 1.0
    assert wall.used_up() == wall.out_of_time() == "limits.hours=2 is used up"


def test_a_study_ends_in_order_when_its_trials_are_used_up_and_goes_on_with_more(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        first = Workers(engine_of(stub_config("limits.trials=3"), ledger))
        first.run()
        assert first.engine.finished
        assert (first.engine.limit, first.engine.stop_reason) == ("limits.trials=3 is used up", None)
        assert len(first.trained) == 3
        assert ledger.counts("demo")["search"]["running"] == 0
        again = Workers(engine_of(stub_config("limits.trials=3"), ledger))
        assert not again.engine.due()
        more = Workers(engine_of(stub_config("limits.trials=100"), ledger))
        more.run()
        assert more.engine.limit is None
        assert ledger.counts("demo")["search"]["completed"] == 5
        assert len(more.trained) == 2 + 3


def test_a_study_whose_time_is_up_gives_back_what_runs(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config("limits.hours=0"), ledger))
        engine = workers.engine
        assert not engine.due()
        assert engine.limit == "limits.hours=0 is used up"
        engine.look_at_the_clock()
        assert engine.stop_reason == engine.limit


def test_trials_that_have_begun_are_trained_to_their_end_though_no_new_one_may_begin(tmp_path: Path) -> None:
    config = stub_config("limits.trials=2", "budget.report_every=1")
    with Ledger.open(tmp_path) as ledger:
        killed = Workers(engine_of(config, ledger))
        killed.fill()
        killed.step(min(killed.running))
        assert ledger.counts("demo")["search"]["running"] == 2
        again = Workers(engine_of(config, ledger))
        assert again.engine.due()
        again.run()
        assert again.engine.finished
        assert again.engine.limit == "limits.trials=2 is used up"
        assert ledger.counts("demo")["search"]["completed"] == 2
        assert not engine_of(config, ledger).due()


@pytest.mark.parametrize("order", range(4))
def test_what_waits_at_a_rung_goes_on_though_no_new_trial_may_begin(tmp_path: Path, order: int) -> None:
    words = ("search.early_stopping.kind=asha", "budget.iterations=9", "budget.report_every=1", "search.trials=20")
    config = stub_config(*words, "cluster.concurrency=4", "limits.trials=6")
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(config, ledger), seed=order)
        workers.run()
        assert workers.engine.limit == "limits.trials=6 is used up"
        ended = [found for found in ledger.proposals("demo") if found.state != "running"]
        assert [found.number for found in ended] == list(range(6))
        counts = ledger.counts("demo")["search"]
        assert counts["completed"] + counts["pruned"] == 6
        assert counts["running"] == 0


def test_seconds_of_what_was_stopped_while_it_waited_are_counted(tmp_path: Path) -> None:
    words = ("search.early_stopping.kind=asha", "budget.iterations=27", "budget.report_every=1", "search.trials=12")
    config = stub_config(*words, "cluster.concurrency=4", "cluster.gpus_per_pack=1", "test=locked")

    def third(member: Member) -> float:
        return 1.0 + int(member.assignment.key[:2], 16) % 3

    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(config, ledger)
        VirtualCluster(engine, third).run()
        frame = ledger.trials_frame("demo").filter(pl.col("state").is_in(["pruned", "completed"]))
        assert frame.filter(state="pruned").height > 3
        assert set(frame["seconds"]) == {0.001}, "what the stub says that it took"
        assert engine.spending.gpu_seconds == pytest.approx(ledger.trained_for("demo")[1])
