"""Early stopping through the whole engine, in virtual time."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from stub_study import Killed, Member, MortalLedger, engine_of, proposals_of, stub_config
from virtual_cluster import VirtualCluster

from s4mcl.config import StudyConfig
from s4mcl.ledger import Ledger, Owner
from s4mcl_trainables.training.assignment import Assignment

ASHA = (
    "search.early_stopping.kind=asha",
    "search.label_fractions=[0.2]",
    "label_fractions=[0.2]",
    "search.trials=24",
    "budget.iterations=27",
    "budget.report_every=1",
    "cluster.concurrency=4",
)
MEDIAN = (*ASHA, "search.early_stopping.kind=median", "search.early_stopping.samples=3", "budget.report_every=3")
SEEDS = (
    *ASHA,
    "search.early_stopping.kind=seeds",
    "search.seeds=4",
    "budget.report_every=9",
    "search.early_stopping.samples=3",
)
KINDS = {"asha": ASHA, "median": MEDIAN, "seeds": SEEDS, "asha of seeds": (*ASHA, "search.seeds=2")}


def uneven(member: Member) -> float:
    """Some trials train four times as fast as others."""
    return 1.0 + int(member.assignment.key[:2], 16) % 4


def run(config: StudyConfig, ledger: Ledger, seed: int = 0) -> VirtualCluster:
    cluster = VirtualCluster(engine_of(config, ledger), uneven, seed)
    cluster.run()
    return cluster


def told(ledger: Ledger) -> list[tuple[Any, ...]]:
    return [
        (found.number, found.hyperparameters, found.state, found.score, found.intermediate, found.iterations)
        for found in ledger.proposals("demo", "search")
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_proposals_and_their_ends_do_not_depend_on_who_trains_fastest(tmp_path: Path, kind: str) -> None:
    config = stub_config(*KINDS[kind])
    ends = []
    for seed in range(3):
        with Ledger.open(tmp_path / str(seed)) as ledger:
            run(config, ledger, seed)
            ends.append(told(ledger))
            states = Counter(found.state for found in ledger.proposals("demo", "search"))
            assert states["pruned"] >= 5
            assert states["completed"] >= 2
            assert states["running"] == 0
            counts = ledger.counts("demo")
            assert counts["search"]["planned"] == counts["search"]["running"] == 0
            assert counts["confirm"]["completed"] + counts["confirm"]["reused"] == 2
    assert ends[0] == ends[1] == ends[2]


def test_a_stopped_proposal_spends_less_and_keeps_its_scores_by_rung(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        cluster = run(stub_config(*ASHA), ledger)
        for found in ledger.proposals("demo", "search"):
            rungs = [int(rung) for rung in found.intermediate or {}]
            if found.state == "pruned":
                assert rungs == [rung for rung in (1, 3, 9) if rung <= max(rungs)]
                assert found.iterations == max(rungs)
                assert found.score == (found.intermediate or {})[max(rungs)]
            else:
                assert rungs == [1, 3, 9]
                assert found.iterations == 27
        spent = sum(found.iterations or 0 for found in ledger.proposals("demo", "search"))
        assert spent < 24 * 27 / 2
        assert cluster.iterations <= spent + 2 * 27, "a trial that waited at a rung goes on from its checkpoint"
        frame = ledger.trials_frame("demo").filter(stage="search", state="pruned")
        assert set(frame["outcome"]) == {"pruned"}
        assert set(frame["iterations"]) <= {1, 3, 9}


def test_the_seeds_of_a_proposal_are_judged_by_their_mean(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        run(stub_config(*ASHA, "search.seeds=2"), ledger)
        frame = ledger.trials_frame("demo").filter(stage="search")
        reports = ledger.reports_frame("demo")
        for found in ledger.proposals("demo", "search"):
            keys = frame.filter(proposal=found.number)["key"]
            assert len(keys) == 2
            for rung, score in (found.intermediate or {}).items():
                at = reports.filter(iteration=int(rung))
                values = [at.filter(key=key)["val_score"].item() for key in keys]
                assert score == pytest.approx(sum(values) / 2)


def test_seed_by_seed_a_proposal_earns_the_next_one(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        run(stub_config(*SEEDS), ledger)
        frame = ledger.trials_frame("demo").filter(stage="search")
        assert set(frame["state"]) == {"completed"}
        for found in ledger.proposals("demo", "search"):
            seeds = sorted(frame.filter(proposal=found.number)["seed"])
            done = max(int(rung) for rung in found.intermediate or {})
            assert seeds == list(range(done if found.state == "pruned" else 4))
            assert found.iterations == 27 * len(seeds)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_commit_the_same_study_comes_out(tmp_path: Path, kind: str) -> None:
    small = ("search.trials=9", "budget.iterations=9", "cluster.concurrency=3")
    config = stub_config(*KINDS[kind], *small)
    with Ledger.open(tmp_path / "whole") as ledger:
        run(config, ledger)
        expected, trials = told(ledger), kept(ledger)
    lives = 3
    for attempt in range(1, 200):
        with MortalLedger.open(tmp_path / "killed") as ledger:
            ledger.lives = lives
            lives += 3
            try:
                run(config, ledger, seed=attempt)
            except Killed:
                continue
        break
    assert attempt > 5
    with Ledger.open(tmp_path / "killed") as ledger:
        assert told(ledger) == expected
        assert kept(ledger) == trials


def kept(ledger: Ledger) -> list[tuple[Any, ...]]:
    frame = ledger.trials_frame("demo").sort("stage", "key")
    return frame.select("stage", "key", "state", "val_score", "test_dice", "iterations").rows()


def test_a_stopped_trial_that_confirm_wants_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    """Another study, which stops nobody, wants the trials that the first one stopped."""
    with Ledger.open(tmp_path) as ledger:
        run(stub_config(*ASHA), ledger)
        stopped = ledger.trials_frame("demo").filter(stage="search", state="pruned")
        late = stub_config(*ASHA, "name=late", "search.early_stopping.kind=none", "search.sampler=random")
        early = stub_config(*ASHA, "name=early", "search.sampler=random")
        run(early, ledger)
        pruned = ledger.trials_frame("early").filter(stage="search", state="pruned")
        assert pruned.height > 5
        cluster = run(late, ledger)
        assert set(ledger.trials_frame("late")["state"]) == {"completed"}
        again = ledger.states(pruned["key"])
        assert {state.state for state in again.values()} == {"completed"}
        assert min(state.attempt for state in again.values()) >= 2
        assert cluster.iterations == sum(27 - reached for reached in pruned["iterations"])
        assert ledger.trials_frame("demo").filter(stage="search", state="pruned").height <= stopped.height
        reports = ledger.reports_frame("late")
        for key in pruned["key"]:
            assert reports.filter(key=key)["iteration"].to_list() == list(range(1, 28))


def test_what_another_study_trained_to_its_end_is_stopped_all_the_same(tmp_path: Path) -> None:
    """The proposals of a study do not depend on what else is in the ledger."""
    with Ledger.open(tmp_path / "alone") as ledger:
        run(stub_config(*ASHA), ledger)
        alone = told(ledger)
    with Ledger.open(tmp_path / "shared") as ledger:
        run(stub_config(*ASHA, "name=other", "search.early_stopping.kind=none"), ledger)
        run(stub_config(*ASHA), ledger)
        assert told(ledger) == alone


def test_a_failed_seed_ends_the_whole_proposal(tmp_path: Path) -> None:
    words = ("space.stub.fail_at={kind:categorical,choices:[0,5]}", "search.seeds=2", "search.sampler=random")
    with Ledger.open(tmp_path) as ledger:
        run(stub_config(*ASHA, *words), ledger)
        found = ledger.proposals("demo", "search")
        assert {"failed", "completed"} <= {each.state for each in found}
        for each in found:
            fails = each.hyperparameters["fail_at"] == 5
            assert each.state in (("failed", "pruned") if fails else ("completed", "pruned"))
            if each.state == "failed":
                assert each.score is None
        assert ledger.counts("demo")["search"]["planned"] == 0


def test_without_order_every_end_is_told(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        run(stub_config(*ASHA, "search.deterministic=false"), ledger)
        states = Counter(found.state for found in ledger.proposals("demo", "search"))
        assert states["pruned"] >= 5
        assert sum(states.values()) == 24
        assert states["running"] == 0


def test_resuming_does_not_propose_again(tmp_path: Path) -> None:
    config = stub_config(*ASHA)
    with Ledger.open(tmp_path) as ledger:
        VirtualCluster(engine_of(config, ledger), uneven).run(at_most=60)
        first = proposals_of(ledger)
        run(config, ledger)
        texts = [json.dumps(each[3], sort_keys=True) for each in proposals_of(ledger)]
        assert [json.dumps(each[3], sort_keys=True) for each in first] == texts[: len(first)]
        assert len(texts) == 24


def test_a_trial_that_leaves_its_pack_does_not_take_the_place_of_the_others(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(*ASHA, "search.seeds=2", "search.trials=4"), ledger, owner=Owner.this_process())
        name, (first, second) = engine.next_pack() or pytest.fail("nothing to train")
        moved = {"outcome": "moved", "detail": {}, "summary": {}, "iterations": 0, "seconds": 0.0, "test": None}
        told = {"key": first.key, "attempt": 1, "reports": [], "ending": moved, "seconds": 0.0}
        assert engine.record(name, [told])
        others = [engine.next_pack() or pytest.fail("the trial waits in line") for _ in range(4)]
        names = {other: [assignment.key for assignment in given] for other, given in others}
        assert [first.key] in names.values()
        assert name not in names, "its pack is under way"
        assert list(engine.packs[name].assignments) == [second.key]


def ended_as(assignment: Assignment, outcome: str) -> dict[str, Any]:
    detail = {"text": "said so", "needed": 0}
    ended = {"iterations": 1, "seconds": 0.1, "summary": {}, "test": None, "detail": detail, "outcome": outcome}
    return {"key": assignment.key, "attempt": assignment.attempt, "reports": [], "ending": ended, "seconds": 0.1}


def test_a_seed_that_leaves_as_another_one_fails_is_pruned(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(*ASHA, "search.seeds=2", "search.trials=1"), ledger)
        name, (first, second) = engine.next_pack() or ("", [])
        assert not engine.record(name, [ended_as(first, "nan"), ended_as(second, "moved")])
        counts = ledger.counts("demo")["search"]
        assert (counts["failed"], counts["pruned"], counts["planned"]) == (1, 1, 0)


def test_a_seed_in_a_pack_of_its_own_is_pruned_at_once_when_another_one_fails(tmp_path: Path) -> None:
    """A driver that died before its next report would leave it running, and nobody would look at it again."""
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(*ASHA, "search.seeds=2", "search.trials=1"), ledger)
        name, (first, second) = engine.next_pack() or ("", [])
        assert engine.record(name, [ended_as(second, "moved")])
        other, (again,) = engine.next_pack() or ("", [])
        assert again.key == second.key
        assert not engine.record(name, [ended_as(first, "nan")])
        assert ledger.states([second.key])[second.key].state == "pruned"
        assert not engine.record(other, [ended_as(again, "completed")]), "its worker stops at its next report"
        assert sorted(ledger.attempts_frame("demo")["ended"]) == ["failed", "moved", "pruned"]
