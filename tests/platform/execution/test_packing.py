"""Packs of several trials that train as one program: who goes with whom, and what becomes of them. Without Ray."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stub_study import Workers, engine_of, stub_config

from s4mcl.config.study_config import Cluster
from s4mcl.execution.engine import Engine
from s4mcl.execution.packing import Packing
from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Ledger, Owner
from s4mcl.stages.cohort import Cohort, KeyedTrial
from s4mcl_trainables.processes import this_host
from s4mcl_trainables.trial import Settings, Trial

CONFIRM = ("search.trials=0", "label_fractions=[0.2,0.5,1.0]", "seeds=4", "cluster.concurrency=1")
LONG = ("budget.iterations=2000", "budget.report_every=1000")
GPU = ("cluster.gpus_per_pack=1", "cluster.num_gpus=1")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path) as opened:
        yield opened


def sizes_of(engine: Engine, count: int) -> list[int]:
    """The sizes of the next packs."""
    found = [engine.next_pack() for _ in range(count)]
    return [len(each[1]) for each in found if each]


def scores(ledger: Ledger) -> list[dict[str, Any]]:
    columns = ["stage", "key", "state", "val_score", "test_dice"]
    return ledger.trials_frame("demo").select(columns).sort("stage", "key").to_dicts()


def test_seeds_and_label_fractions_fill_a_pack(ledger: Ledger, tmp_path: Path) -> None:
    engine = engine_of(stub_config(*CONFIRM, "cluster.trials_per_pack=5"), ledger)
    assert sizes_of(engine, 4) == [5, 5, 2]
    packs = list(engine.packs.values())
    assert all(pack.program for pack in packs)
    assert {each.trial.label_fraction for each in packs[0].assignments.values()} == {0.2, 0.5}
    engine.release_all()
    workers = Workers(engine_of(stub_config(*CONFIRM, "cluster.trials_per_pack=5"), ledger))
    workers.run()
    with Ledger.open(tmp_path / "other") as other:
        Workers(engine_of(stub_config(*CONFIRM), other)).run()
        assert scores(ledger) == scores(other)
        assert len(scores(ledger)) == 12
    assert [finding for finding in ledger.check() if finding.family != "files"] == []


def test_the_searcher_proposes_packs(ledger: Ledger) -> None:
    words = ("search.trials=9", "label_fractions=[0.2]", "cluster.concurrency=1", "cluster.trials_per_pack=4")
    workers = Workers(engine_of(stub_config(*words), ledger))
    workers.fill()
    assert [len(members) for members in workers.running.values()] == [4]
    workers.run()
    proposals = ledger.proposals("demo")
    assert [found.state for found in proposals] == ["completed"] * 9


def test_a_measured_size_changes_no_proposal(tmp_path: Path) -> None:
    """Proposals depend on what the configuration says may be under way, not on how fast a machine is."""
    words = ("search.trials=8", "label_fractions=[0.2]", "cluster.concurrency=2")
    found = []
    for measured in ({}, {1: 1.0, 2: 1.0, 4: 1.0}):
        with Ledger.open(tmp_path / str(len(measured))) as opened:
            engine = engine_of(stub_config(*words), opened)
            engine.packing.heard("stub", measured)
            Workers(engine).run()
            found.append([(each.number, each.hyperparameters, each.score) for each in opened.proposals("demo")])
    assert found[0] == found[1]


def test_early_stopping_keeps_its_cohorts_apart(ledger: Ledger) -> None:
    words = ("search.early_stopping.kind=asha", "search.seeds=2", "cluster.trials_per_pack=8", "search.trials=4")
    engine = engine_of(stub_config(*words, "label_fractions=[0.2]"), ledger)
    assert sizes_of(engine, 3) == [2, 2, 2]
    assert all(pack.program and len(pack.parts) == 1 for pack in engine.packs.values())


def waiting(method: str = "s4mcl", *, together: bool = False, **given: Any) -> Waiting:
    trial = Trial(method, 0.1, 0, Settings(iterations=4, report_every=2), given)
    cohort = Cohort("confirm", (KeyedTrial("k" + repr(given), "c", trial),), together=together)
    return Waiting(None, cohort, cohort.trials)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ({"alpha": 1.0}, {"alpha": 0.25}, True),
        ({"alpha": 1.0}, {"alpha": 0.0}, False),
        ({"order": "cs"}, {"order": "sc"}, False),
        ({"hard_masks": True}, {"hard_masks": False}, False),
        ({"transforms": ["identity", "hflip"]}, {"transforms": ["identity", "rot90", "rot180"]}, True),
        ({"ema": 0.0, "augmentation": "none"}, {"ema": 0.99, "augmentation": "light"}, True),
        ({"width": 4}, {"width": 8}, False),
        ({"alpha": 1.0}, {}, False),
    ],
)
def test_who_goes_with_whom(ledger: Ledger, one: dict[str, Any], other: dict[str, Any], fits: bool) -> None:
    packing = Packing(Cluster(trials_per_pack=4), "demo", ledger)
    assert packing.goes_with(waiting(**one), waiting(**other)) is fits
    assert packing.goes_with(waiting(**one), waiting(**one))
    assert not packing.goes_with(waiting(together=True, **one), waiting(**one))
    assert not packing.goes_with(waiting("s2mcl", **one), waiting(**one))
    packing.apart.add("k" + repr(one))
    assert not packing.goes_with(waiting(**one), waiting(**one))


def test_auto_measures_a_method_once_and_fills_packs_where_it_pays(ledger: Ledger) -> None:
    engine = engine_of(stub_config(*CONFIRM, *LONG, *GPU), ledger)
    assert sizes_of(engine, 2) == [1, 1]
    assert [list(pack.measure) for pack in engine.packs.values()] == [[1, 2, 4, 8], []]
    assert not any(pack.program for pack in engine.packs.values())
    engine.packing.heard("stub", {1: 0.010, 2: 0.012, 4: 0.016, 8: 0.040})
    assert sizes_of(engine, 3) == [4, 4, 2]
    (event,) = [event for event in ledger.events("demo") if event.kind == "packing"]
    assert event.text == (
        "stub: 4 train as one program; a step takes 10 ms for 1, 12 ms for 2, 16 ms for 4, 40 ms for 8"
    )
    assert engine.again().packing.most(waiting("stub")) == 4, "an engine that begins anew knows it"


def test_auto_leaves_packs_alone_where_it_does_not_pay(ledger: Ledger) -> None:
    engine = engine_of(stub_config(*CONFIRM, *LONG, *GPU), ledger)
    assert sizes_of(engine, 1) == [1]
    engine.packing.heard("stub", {1: 0.010, 2: 0.019})
    assert sizes_of(engine, 2) == [1, 1]
    assert "each trains by itself" in next(event.text for event in ledger.events("demo") if event.kind == "packing")


def test_auto_does_not_measure_a_short_study(ledger: Ledger) -> None:
    engine = engine_of(stub_config(*CONFIRM, *GPU, "budget.iterations=90"), ledger)
    sizes_of(engine, 3)
    assert [list(pack.measure) for pack in engine.packs.values()] == [[], [], []]


def test_on_cpus_auto_trains_each_by_itself(ledger: Ledger) -> None:
    """What a trial's numbers are must not depend on how long a step took, nor on who waited beside it."""
    engine = engine_of(stub_config(*CONFIRM, *LONG), ledger)
    assert sizes_of(engine, 2) == [1, 1]
    assert not any(pack.measure or pack.program for pack in engine.packs.values())


def test_off_is_off(ledger: Ledger) -> None:
    engine = engine_of(stub_config(*CONFIRM, *LONG, "cluster.trials_per_pack=1"), ledger)
    assert sizes_of(engine, 2) == [1, 1]
    assert not any(pack.measure or pack.program for pack in engine.packs.values())


def test_a_pack_whose_worker_dies_too_often_is_taken_apart(ledger: Ledger) -> None:
    """One of them is at fault: the others do not fail with it."""
    engine = engine_of(stub_config(*CONFIRM, "cluster.trials_per_pack=4"), ledger)
    workers = Workers(engine)
    workers.fill()
    (name,) = workers.running
    guilty = workers.running.pop(name)[1].assignment.key
    engine.close(name, "the worker died 3 times, the last time of: a fault", "trace")
    assert [event.kind for event in ledger.events("demo")] == ["apart"]
    sizes = []
    while not engine.finished:
        workers.fill()
        (name,) = workers.running
        sizes.append(len(workers.running[name]))
        if workers.running[name][0].assignment.key == guilty:
            del workers.running[name]
            engine.close(name, "the worker died 3 times, the last time of: a fault", "trace")
        else:
            workers.end_one()
    states = {row["key"]: row["state"] for row in scores(ledger)}
    assert [key for key, state in states.items() if state != "completed"] == [guilty]
    assert states[guilty] == "failed"
    assert sorted(sizes) == [1, 1, 1, 1, 4, 4]


def test_one_that_a_person_stops_leaves_the_pack(ledger: Ledger) -> None:
    engine = engine_of(stub_config(*CONFIRM, "cluster.trials_per_pack=4"), ledger)
    engine.stopping.seconds = 0.0
    workers = Workers(engine)
    workers.fill()
    (name,) = workers.running
    stopped = workers.running[name][2].assignment.key
    ledger.request_stop("demo", stopped, "a person")
    engine.look_at_requests()
    pack = engine.packs[name]
    assert stopped not in pack.assignments
    assert pack.left_it == {stopped}, "its worker is told"
    assert len(pack.assignments) == 3
    (failed,) = ledger.failed_trials("demo")
    assert "other seeds" not in failed.detail["text"]
    workers.running[name] = [each for each in workers.running[name] if each.assignment.key != stopped]
    workers.run()
    assert [row["state"] for row in scores(ledger)].count("completed") == 11


def test_one_that_another_driver_took_leaves_the_pack(ledger: Ledger) -> None:
    engine = engine_of(stub_config(*CONFIRM, "cluster.trials_per_pack=4"), ledger)
    workers = Workers(engine)
    workers.fill()
    (name,) = workers.running
    lost = workers.running[name][0]
    key = lost.assignment.key
    ledger.release([key], engine.owner, {key: 0.0})
    other = Owner(this_host(), os.getpid(), "another driver")
    assert ledger.claim([key], "demo", "confirm", other, provenance={}) == {key: 2}
    assert engine.record(name, [lost.advance(lambda _, ending: ending)])
    assert lost.assignment.key not in engine.packs[name].assignments
    assert engine.packs[name].left_it == {lost.assignment.key}


def test_a_limit_of_trials_is_kept_within_a_pack(ledger: Ledger) -> None:
    config = stub_config(*CONFIRM, "cluster.trials_per_pack=4", "limits.trials=6")
    Workers(engine_of(config, ledger)).run()
    assert [row["state"] for row in scores(ledger)].count("completed") == 6


def test_a_killed_driver_s_packs_are_made_again(ledger: Ledger) -> None:
    words = (*CONFIRM, "cluster.trials_per_pack=4")
    first = Workers(engine_of(stub_config(*words), ledger))
    first.run(at_most=1)
    first.fill()
    second = Workers(engine_of(stub_config(*words), ledger))
    second.run()
    assert sorted(first.trained + second.trained) == sorted(row["key"] for row in scores(ledger))


def test_gpus_are_spent_once(ledger: Ledger) -> None:
    """Four trials of a program train for as long as the program does, each with a quarter of its GPU."""
    config = stub_config(*CONFIRM, "cluster.trials_per_pack=4", *GPU)
    engine = engine_of(config, ledger)
    Workers(engine).run()
    assert engine.spending.gpu_seconds == pytest.approx(12 * 0.001 / 4)
    assert ledger.attempts_frame("demo")["gpus"].to_list() == [0.25] * 12
