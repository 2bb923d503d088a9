from pathlib import Path

from stub_study import Workers, engine_of, stub_config

from s4mcl.config.study_config import Limits
from s4mcl.execution.spending import Spending
from s4mcl.ledger import Ledger


def test_each_limit_names_itself_when_it_is_used_up() -> None:
    now = [100.0]

    def spending(**limits: float) -> Spending:
        return Spending(Limits(**limits), trials=3, seconds=1800.0, gpus=0.5, clock=lambda: now[0])  # type: ignore[arg-type]

    assert spending().used_up() is None
    trials = spending(trials=4)
    assert trials.used_up() is None
    trials.begun()
    assert trials.used_up() == "limits.trials=4 is used up"
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
