"""Two engines of one study on one ledger, as two clusters have them: who trains what is drawn."""

import random
from pathlib import Path

import pytest
from stub_study import Workers, engine_of, proposals_of, results_of, stub_config

from s4mcl.ledger import Ledger, Owner
from s4mcl_trainables.problems import InputError

HERE, THERE = Owner("head-a", 7, "then"), Owner("head-b", 7, "then")
STOPPING = ("none", "asha", "median", "seeds")


def words_of(kind: str) -> tuple[str, ...]:
    size = ("search.trials=8", "search.seeds=2", "budget.iterations=9", "budget.report_every=1")
    return (*size, f"search.early_stopping.kind={kind}", "search.early_stopping.samples=2")


def run_both(both: list[Workers], seed: int) -> None:
    """Until both have finished; whose turn it is is drawn."""
    draws = random.Random(seed)
    for _ in range(5000):
        workers = draws.choice(both)
        workers.fill()
        if workers.running and draws.random() < 0.7:
            workers.step(draws.choice(sorted(workers.running)))
        if all(each.engine.finished for each in both):
            return
    raise AssertionError("they do not come to an end")


@pytest.mark.parametrize("kind", STOPPING)
@pytest.mark.parametrize("seed", range(3))
def test_each_trial_is_trained_by_one_of_two(tmp_path: Path, kind: str, seed: int) -> None:
    config = stub_config(*words_of(kind))
    with Ledger.open(tmp_path / "alone") as ledger:
        Workers(engine_of(config, ledger)).run()
        proposals, results = proposals_of(ledger), results_of(ledger)
    with Ledger.open(tmp_path / "both") as ledger:
        both = [Workers(engine_of(config, ledger, owner), seed) for owner in (HERE, THERE)]
        run_both(both, seed)
        assert proposals_of(ledger) == proposals
        assert results_of(ledger) == results
        assert [finding for finding in ledger.check() if finding.family != "files"] == []
        trained = [workers.trained for workers in both]
        completed = ledger.trials_frame("demo").filter(state="completed")["key"].unique().to_list()
    assert all(workers.begun for workers in both)  # of early stopping, one may have begun only what was stopped
    assert sorted(trained[0] + trained[1]) == sorted(completed)


def test_drivers_that_would_search_differently_do_not_share_a_study(tmp_path: Path) -> None:
    told = r"another driver runs study demo: proposal .* already stands for (.|\n)*Cure: run this one alone, or begin"
    with Ledger.open(tmp_path) as ledger:
        one, other = engine_of(stub_config(), ledger, HERE), engine_of(stub_config("search.seed=1"), ledger, THERE)
        assert (one.finished, other.finished) == (False, False)  # both know the ledger's proposals: none
        Workers(one).fill()
        with pytest.raises(InputError, match=told):
            Workers(other).fill()


def test_both_obey_who_stops_the_study(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engines = [engine_of(stub_config(), ledger, owner) for owner in (HERE, THERE)]
        ledger.request_stop("demo", None, "a person")
        for engine in engines:
            engine.look_at_requests()
            assert (engine.stop_reason or "").startswith("a stop was asked for by a person")
        later = engine_of(stub_config(), ledger, HERE)
        later.look_at_requests()
        assert later.stop_reason is None


def test_a_trial_that_is_stopped_while_it_waits_fails_once(tmp_path: Path) -> None:
    config = stub_config("search.trials=0", "seeds=3", "cluster.concurrency=1")
    with Ledger.open(tmp_path) as ledger:
        both = [Workers(engine_of(config, ledger, owner)) for owner in (HERE, THERE)]
        for workers in both:
            workers.fill()
        planned = ledger.trials_frame("demo").filter(state="planned")["key"].to_list()
        assert len(planned) == 4
        ledger.request_stop("demo", planned[0], "a person")
        for workers in both:
            workers.engine.look_at_requests()
        state = ledger.states([planned[0]])[planned[0]]
        assert (state.state, state.outcome, state.attempt) == ("failed", "stopped", 1)
        run_both(both, seed=1)
        assert ledger.counts("demo")["confirm"]["completed"] == 5
