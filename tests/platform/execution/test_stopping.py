"""A person asks to stop a trial, or the study."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stub_study import Workers, engine_of, proposals_of, stub_config, trained

from s4mcl.execution.engine import Engine
from s4mcl.ledger import Ledger

SMALL = ("label_fractions=[0.2]", "seeds=2", "budget.iterations=9", "budget.report_every=1", "cluster.concurrency=2")
ASHA = (*SMALL, "search.early_stopping.kind=asha", "search.trials=6")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path) as opened:
        yield opened


def engine_that_looks(ledger: Ledger, *words: str, **more: Any) -> Engine:
    """An engine that looks for requests whenever it is asked to."""
    engine = engine_of(stub_config(*words), ledger)
    engine.stopping.seconds = 0.0
    return engine


def ask(engine: Engine, key: str | None = None) -> None:
    engine.ledger.request_stop("demo", key, "a person")
    engine.look_at_requests()
    assert engine.ledger.stop_requests("demo", unseen=True) == []


def state_of(ledger: Ledger, key: str) -> tuple[str, str | None]:
    state = ledger.states([key])[key]
    return state.state, state.outcome


def sound(ledger: Ledger) -> bool:
    return [finding for finding in ledger.check() if finding.family != "files"] == []


def test_the_ledger_is_asked_once_in_a_while(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(stub_config(*SMALL), ledger)
    moments = iter([0.0, 0.5, 1.9, 2.1])
    monkeypatch.setattr(engine.stopping, "_clock", lambda: moment)
    looks: list[float] = []
    monkeypatch.setattr(ledger, "stop_requests", lambda *_, **__: looks.append(moment) or [])
    for moment in moments:  # noqa: B007  # the clock reads it
        engine.look_at_requests()
    assert looks == [0.0, 2.1]


def test_a_running_trial_fails_and_its_proposal_too(ledger: Ledger) -> None:
    engine = engine_that_looks(ledger, *SMALL, "search.trials=3")
    workers = Workers(engine)
    workers.fill()
    name, key = next((name, members[0].assignment.key) for name, members in workers.running.items())
    first = workers.running[name][0].advance(lambda _, ending: ending)
    assert engine.record(name, [first])
    ask(engine, key)
    assert state_of(ledger, key) == ("failed", "stopped")
    (failed,) = ledger.failed_trials("demo")
    assert failed.detail["text"].startswith("stopped, asked for by a person at 20")
    number = ledger.trials_frame("demo").filter(key=key)["proposal"][0]
    (proposal,) = [found for found in ledger.proposals("demo") if found.number == number]
    assert (proposal.state, proposal.iterations) == ("failed", 1)
    assert [event.kind for event in ledger.events("demo")] == ["trial_stopped"]
    late = workers.running[name][0].advance(lambda _, ending: ending)
    assert not engine.record(name, [late]), "its worker stops at its next report"
    engine.close(name, None)
    del workers.running[name]
    workers.run()
    assert key not in workers.trained
    assert ledger.reports_frame("demo").filter(key=key)["iteration"].to_list() == [1]
    assert ledger.attempts_frame("demo").filter(key=key)["ended"].to_list() == ["failed"]
    counts = ledger.counts("demo")
    assert counts["search"]["failed"] == 1
    assert counts["confirm"]["completed"] + counts["confirm"]["reused"] == 2
    assert sound(ledger)


def test_a_stopped_trial_is_trained_again_only_when_that_is_asked_for(ledger: Ledger) -> None:
    words = (*SMALL, "search.trials=0")
    engine = engine_that_looks(ledger, *words)
    workers = Workers(engine)
    workers.fill()
    keys = [members[0].assignment.key for members in workers.running.values()]
    ask(engine, keys[0])
    workers.run()
    again = Workers(engine_of(stub_config(*words), ledger))
    again.run()
    assert again.begun == []
    assert state_of(ledger, keys[0]) == ("failed", "stopped")

    other = Workers(engine_of(stub_config(*words, "name=twin"), ledger))
    other.run(1)
    assert other.trained == [keys[0]], "another study was not asked to stop it"


def test_a_stopped_trial_is_retried(ledger: Ledger) -> None:
    config = stub_config(*SMALL, "search.trials=0")
    engine = engine_that_looks(ledger, *SMALL, "search.trials=0")
    workers = Workers(engine)
    workers.fill()
    key = next(iter(workers.running.values()))[0].assignment.key
    ask(engine, key)
    workers.run()
    retried = Engine(config, ledger, engine.keying, engine.place, provenance={}, owner=engine.owner, retry_stopped=True)
    retried.stopping.seconds = 0.0
    more = Workers(retried)
    more.fill()
    ask(retried, key)  # and stopped again: not twice in one run
    more.run()
    assert [assignment.key for assignment in more.begun] == [key]
    assert state_of(ledger, key) == ("failed", "stopped")
    last = Workers(
        Engine(config, ledger, engine.keying, engine.place, provenance={}, owner=engine.owner, retry_stopped=True)
    )
    last.run()
    assert state_of(ledger, key) == ("completed", "completed")
    assert sound(ledger)


def test_a_trial_that_waits_is_not_begun(ledger: Ledger) -> None:
    engine = engine_that_looks(ledger, *SMALL, "search.trials=0", "seeds=4")
    workers = Workers(engine)
    workers.fill()
    begun = {members[0].assignment.key for members in workers.running.values()}
    waiting = next(key for key in ledger.trials_frame("demo")["key"] if key not in begun)
    ask(engine, waiting)
    assert state_of(ledger, waiting) == ("failed", "stopped")
    workers.run()
    assert waiting not in {assignment.key for assignment in workers.begun}
    assert ledger.counts("demo")["confirm"] | {} == {
        **dict.fromkeys(("planned", "running", "reused", "pruned"), 0),
        "completed": 3,
        "failed": 1,
    }
    assert sound(ledger)


def test_one_seed_of_a_pack_ends_the_proposal_and_says_so(ledger: Ledger) -> None:
    engine = engine_that_looks(ledger, *ASHA, "search.seeds=2")
    workers = Workers(engine)
    workers.fill()
    members = next(iter(workers.running.values()))
    key, other = (member.assignment.key for member in members)
    ask(engine, key)
    assert state_of(ledger, key) == ("failed", "stopped")
    assert state_of(ledger, other) == ("pruned", "pruned")
    assert "the other seeds of its proposal" in ledger.events("demo")[0].text
    drop_ended(workers)
    workers.run()
    assert [found.state for found in ledger.proposals("demo")].count("failed") == 1
    assert sound(ledger)


def test_a_trial_at_a_rung_is_stopped_and_the_others_go_on(ledger: Ledger) -> None:
    engine = engine_that_looks(ledger, *ASHA, "cluster.concurrency=3")
    workers = Workers(engine)
    workers.fill()
    parked = None
    for name in reversed(list(workers.running)):  # the last proposal comes first to its rung, and waits for the others
        if name in workers.running:
            workers.step(name)
        if engine.agenda.parked:
            parked = engine.agenda.parked[0].members[0].key
            break
    assert parked is not None
    ask(engine, parked)
    assert state_of(ledger, parked) == ("failed", "stopped")
    workers.run()
    states = [found.state for found in ledger.proposals("demo")]
    assert "running" not in states
    assert engine.agenda.parked == []
    assert sound(ledger)


def test_what_has_ended_or_is_judged_stays_as_it_is(ledger: Ledger) -> None:
    engine = engine_that_looks(ledger, *SMALL, "search.trials=0", "cluster.concurrency=1")
    name, (assignment,) = engine.next_pack() or ("", [])
    engine.record(name, [trained(assignment)])
    ask(engine, assignment.key)
    assert state_of(ledger, assignment.key) == ("completed", "completed")
    assert ledger.events("demo") == []


def test_a_stopped_study_ends_in_order_and_goes_on(tmp_path: Path) -> None:
    config = stub_config(*ASHA)
    with Ledger.open(tmp_path / "alone") as alone:
        Workers(engine_of(config, alone), seed=5).run()
        undisturbed = proposals_of(alone)
    with Ledger.open(tmp_path / "stopped") as ledger:
        engine = engine_that_looks(ledger, *ASHA)
        workers = Workers(engine)
        workers.run(2)
        workers.fill()
        ask(engine)
        assert engine.finished
        assert engine.interrupted
        assert engine.stop_reason is not None
        assert engine.stop_reason.startswith("a stop was asked for by a person at 20")
        assert engine.next_pack() is None
        for name in list(workers.running):
            engine.close(name, None)  # as Tune's stopper lets it
        engine.release_all()
        assert sum(stage["running"] for stage in ledger.counts("demo").values()) == 0
        Workers(engine_of(config, ledger), seed=7).run()
        assert proposals_of(ledger) == undisturbed
        assert sound(ledger)


def drop_ended(workers: Workers) -> None:
    """The workers of packs that the engine has ended report once more, and stop."""
    for name in [name for name in workers.running if name not in workers.engine.packs]:
        told = [member.advance(lambda _, ending: ending) for member in workers.running[name] if not member.ended]
        assert not workers.engine.record(name, told)
        workers.engine.close(name, None)
        del workers.running[name]
