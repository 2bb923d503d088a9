import json
import os
from pathlib import Path
from typing import Any

import pytest
from stub_study import Workers, as_it_is, engine_of, proposals_of, results_of, stub_config, trained

from s4mcl.execution.extension import compared
from s4mcl.execution.room import Room
from s4mcl.ledger import Ledger, Owner
from s4mcl.stages import keying
from s4mcl_trainables.processes import process_start, this_host
from s4mcl_trainables.training.assignment import Assignment


def test_search_then_confirmation_and_every_trial_once(tmp_path: Path) -> None:
    config = stub_config()
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(config, ledger))
        workers.run()
        searched = [assignment for assignment in workers.begun if not assignment.test]
        assert workers.begun[: len(searched)] == searched, "confirmation waits for the search"
        assert len(workers.trained) == len(set(workers.trained))
        counts = ledger.counts("demo")
        assert counts["search"]["completed"] == 5
        assert counts["confirm"]["completed"] + counts["confirm"]["reused"] == 4
        confirmed = ledger.trials_frame("demo").filter(stage="confirm")
        assert confirmed["test_dice"].null_count() == 0
        best = max(found.score or 0.0 for found in ledger.proposals("demo"))
        winner = next(found for found in ledger.proposals("demo") if found.score == best)
        for text in confirmed["hyperparameters"]:
            assert json.loads(text) == winner.hyperparameters


@pytest.mark.parametrize("seed", range(1, 5))
def test_proposals_do_not_depend_on_who_finishes_first(tmp_path: Path, seed: int) -> None:
    config = stub_config("cluster.concurrency=3", "search.trials=7")
    with Ledger.open(tmp_path / "a") as one, Ledger.open(tmp_path / "b") as other:
        Workers(engine_of(config, one), seed=0).run()
        Workers(engine_of(config, other), seed=seed).run()
        assert proposals_of(one) == proposals_of(other)
        assert results_of(one) == results_of(other)


def test_a_second_study_trains_nothing_that_the_first_has(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        Workers(engine_of(stub_config(), ledger)).run()
        twin = Workers(engine_of(stub_config("name=twin"), ledger))
        twin.run()
        assert twin.begun == []
        more = Workers(engine_of(stub_config("name=more", "seeds=3"), ledger))
        more.run()
        assert {assignment.trial.seed for assignment in more.begun} == {2}
        assert [found[3:] for found in proposals_of(ledger)] == [found[3:] for found in proposals_of(ledger, "twin")]
        assert ledger.counts("twin")["search"]["reused"] == 5
        assert ledger.counts("twin")["confirm"]["reused"] == 4


def test_a_searched_trial_is_only_judged_when_it_is_confirmed(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config(), ledger))
        workers.run()
        judged = [assignment for assignment in workers.begun if assignment.trained]
        assert [assignment.trial.seed for assignment in judged] == [0]
        assert judged[0].folder == tmp_path / "trials" / judged[0].key / "1"
        assert ledger.counts("demo")["confirm"]["reused"] == 1


def test_locked_tests_are_not_opened(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config("test=locked"), ledger))
        workers.run()
        assert workers.begun
        assert not any(assignment.test for assignment in workers.begun)
        assert all(assignment.locked for assignment in workers.begun)
        assert ledger.test_openings("d") == 0


def test_without_a_search_the_defaults_are_confirmed(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config("search.trials=0"), ledger))
        workers.run()
        assert ledger.proposals("demo") == []
        assert {assignment.trial.hyperparameters["x0"] for assignment in workers.begun} == {0.5}


def test_a_nan_fails_its_proposal_and_the_study_goes_on(tmp_path: Path) -> None:
    def every_second(assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
        if assignment.test or int(assignment.key[-1], 16) % 2:
            return ending
        detail = {"step": 3, "terms": {"loss/stub": 3}}
        return {**ending, "outcome": "nan", "detail": detail, "summary": {}, "test": None}

    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config("search.trials=9"), ledger), change=every_second)
        workers.run()
        states = [found.state for found in ledger.proposals("demo")]
        assert {"completed", "failed"} == set(states)
        failed = ledger.failed_trials("demo")
        assert len(failed) == states.count("failed")
        assert failed[0].detail == {"step": 3, "terms": {"loss/stub": 3}}
        assert ledger.counts("demo")["confirm"]["failed"] == 0
        assert len(ledger.events("demo")) == len(failed)
        assert "'loss/stub': 3" in ledger.events("demo")[0].text


def test_all_seeds_of_a_proposal_count_and_none_is_left_out(tmp_path: Path) -> None:
    def seed_one_fails(assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
        if assignment.test or assignment.trial.seed == 0:
            return ending
        return {**ending, "outcome": "nan", "summary": {}, "test": None}

    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config("search.seeds=2"), ledger), change=seed_one_fails)
        workers.run()
        assert {found.state for found in ledger.proposals("demo")} == {"failed"}
        assert {found.score for found in ledger.proposals("demo")} == {None}


def test_two_proposals_of_one_trial_train_it_once(tmp_path: Path) -> None:
    space = [f"~space.stub.x{number}" for number in range(1, 6)]
    space.append("space.stub.x0={kind:categorical,choices:[0.5,0.1]}")
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config(*space, "search.trials=7", "cluster.concurrency=4"), ledger))
        workers.run()
        found = ledger.proposals("demo")
        assert [each.state for each in found] == ["completed"] * 7
        assert len({each.score for each in found}) == 2
        assert len(workers.trained) == len(set(workers.trained)) == 2 + 3, "two searched, three more confirmed"


def test_what_another_driver_trains_is_waited_for(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        mine = Workers(engine_of(stub_config(), ledger, owner=Owner.this_process()))
        mine.fill()
        alive = Owner(this_host(), os.getppid(), process_start(os.getppid()) or "")
        theirs = Workers(engine_of(stub_config("name=twin"), ledger, owner=alive))
        theirs.fill()
        assert theirs.engine.next_pack() is None
        assert not theirs.engine.finished
        while not (mine.engine.finished and theirs.engine.finished):
            for workers in (mine, theirs):
                workers.fill()
                if workers.running:
                    workers.end_one()
        assert sorted(mine.trained + theirs.trained) == sorted(set(mine.trained + theirs.trained))
        assert [found[3:] for found in proposals_of(ledger)] == [found[3:] for found in proposals_of(ledger, "twin")]


def test_a_trial_that_was_taken_over_waits_for_the_other_driver(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        first = engine_of(stub_config("search.trials=0", "seeds=1", "label_fractions=[1.0]"), ledger)
        name, (assignment,) = first.next_pack() or pytest.fail("nothing to train")
        other = engine_of(stub_config("name=twin", "search.trials=0", "seeds=1", "label_fractions=[1.0]"), ledger)
        taken, (again,) = other.next_pack() or pytest.fail("a dead owner's claim is free")
        assert again.attempt == assignment.attempt + 1
        first.record(name, [trained(assignment)])
        assert not first.finished
        assert ledger.states([again.key])[again.key].state == "running"
        other.record(taken, [trained(again)])
        assert first.next_pack() is None
        assert first.finished
        assert ledger.test_openings("d") == 1


def test_bad_data_stop_the_study_and_the_trial_stays_planned(tmp_path: Path) -> None:
    def unreadable(_assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
        detail = {"text": "images.npy is gone.\nCure: put it back"}
        return {**ending, "outcome": "data_error", "detail": detail, "summary": {}, "test": None}

    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config(), ledger), change=unreadable)
        workers.fill()
        workers.end_one()
        assert workers.engine.stop_reason == "on node node: images.npy is gone.\nCure: put it back"
        assert workers.engine.finished
        assert workers.engine.next_pack() is None
        workers.engine.release_all()
        assert ledger.counts("demo")["search"]["planned"] == 2
        assert ledger.counts("demo")["search"]["failed"] == 0
        mended = Workers(engine_of(stub_config(), ledger))
        mended.run()
        assert ledger.counts("demo")["search"]["completed"] == 5


def test_a_trial_whose_checkpoint_is_lost_is_trained_again(tmp_path: Path) -> None:
    def lost(assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
        if not assignment.trained:
            return ending
        text = f"{assignment.folder}/best.pt is not there.\nCure: put it back"
        return {**ending, "outcome": "data_error", "detail": {"text": text}, "summary": {}, "test": None}

    with Ledger.open(tmp_path) as ledger:
        first = Workers(engine_of(stub_config("test=locked"), ledger), change=lost)
        first.run()
        before = ledger.trials_frame("demo").sort("stage", "key").select("stage", "key", "val_score", "iterations")
        workers = Workers(engine_of(stub_config(), ledger), change=lost)
        workers.run(at_most=2)
        workers.fill()
        workers.engine.release_all()  # interrupted: what was completed is completed still, for whoever looks
        assert set(ledger.trials_frame("demo")["state"]) == {"completed"}
        workers = Workers(engine_of(stub_config(), ledger), change=lost)
        workers.run()
        engine = workers.engine
        assert engine.finished
        assert engine.stop_reason is None
        assert engine.untested == []
        again = [assignment for assignment in workers.begun if not assignment.trained]
        assert again
        assert min(assignment.attempt for assignment in again) >= 2
        told = {event.kind: event.text for event in ledger.events("demo")}
        assert set(told) == {"retrained"}
        assert told["retrained"].endswith("best.pt is not there.")
        frame = ledger.trials_frame("demo").sort("stage", "key")
        assert frame.select("stage", "key", "val_score", "iterations").equals(before), "the numbers are the same"
        assert set(frame["state"]) == {"completed"}
        assert frame.filter(stage="confirm")["test_dice"].null_count() == 0
        assert {finding.family for finding in ledger.check()} <= {"files"}, "a stub leaves none"
        done = Workers(engine_of(stub_config(), ledger), change=lost)
        done.run()
        assert done.begun == []


def test_who_is_only_to_be_judged_and_waits_is_not_called_untested(tmp_path: Path) -> None:
    told = iter(["no_space", "moved", "error"])

    def late(assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
        outcome = next(told) if assignment.trained else None
        detail = {"text": f"{outcome} while judging", "needed": 1}
        return {**ending, "outcome": outcome, "detail": detail, "summary": {}, "test": None} if outcome else ending

    with Ledger.open(tmp_path) as ledger:
        room = Room(tmp_path, lambda _folder: 2**40, clock=iter(range(0, 10**6, 100)).__next__)
        workers = Workers(engine_of(stub_config(), ledger, room=room), change=late)
        workers.run()
        assert workers.engine.finished
        assert workers.engine.untested == ["error while judging"]
        again = Workers(engine_of(stub_config(), ledger))
        again.run()
        assert [assignment.trained for assignment in again.begun] == [True]
        assert ledger.trials_frame("demo").filter(stage="confirm")["test_dice"].null_count() == 0


def test_surface_distances_asked_for_later_are_measured_on_what_was_trained(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        Workers(engine_of(stub_config(), ledger)).run()
        before = ledger.trials_frame("demo")
        assert "test_hd95" not in before.columns
        asking = stub_config("surface_distances=true")
        assert compared(stub_config(), asking) == ([], []), "it is the same study"
        again = Workers(engine_of(asking, ledger))
        again.run()
        confirmed = before.filter(stage="confirm")["key"].to_list()
        assert sorted(assignment.key for assignment in again.begun) == sorted(confirmed)
        assert all(assignment.trained for assignment in again.begun)
        frame = ledger.trials_frame("demo").filter(stage="confirm")
        assert frame["test_hd95"].null_count() == 0
        assert frame["test_dice"].equals(before.filter(stage="confirm")["test_dice"])
        assert ledger.test_openings("d") == 2 * len(confirmed)
        for config in (asking, stub_config()):
            done = Workers(engine_of(config, ledger))
            done.run()
            assert done.begun == [], "there is nothing left to measure, or nothing more is asked for"


def test_a_worker_that_died_too_often_fails_its_trial_and_a_later_run_tries_again(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config("search.trials=0"), ledger))
        workers.fill()
        name = min(workers.running)
        workers.engine.retried(name, "the actor died")
        workers.engine.close(name, "the worker died 3 times, the last time of: killed", trace="killed\nby the kernel")
        workers.running.pop(name)
        workers.run()
        assert workers.engine.finished
        failed = ledger.failed_trials("demo")
        assert [each.outcome for each in failed] == ["lost"]
        assert failed[0].detail["trace"] == "killed\nby the kernel"
        assert [event.kind for event in ledger.events("demo")] == ["retried", "failed"]
        again = Workers(engine_of(stub_config("search.trials=0"), ledger))
        again.run()
        assert [assignment.attempt for assignment in again.begun] == [2]
        assert ledger.counts("demo")["confirm"]["failed"] == 0


@pytest.mark.parametrize("by", ["outcome", "death"])
def test_a_full_disk_pauses_the_study_and_it_goes_on_when_there_is_room(tmp_path: Path, by: str) -> None:
    free = 0

    def full(_assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
        detail = {"text": "last.pt: no room", "needed": 100 * 2**20, "free": 0}
        return {**ending, "outcome": "no_space", "detail": detail, "summary": {}, "test": None}

    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger, room=Room(tmp_path, lambda _folder: free))
        workers = Workers(engine, change=full)
        workers.fill()
        if by == "outcome":
            workers.end_one()
        else:
            name = min(workers.running)
            engine.close(name, "OSError: [Errno 28] No space left on device: 'last.pt'")
            del workers.running[name]
        workers.change = as_it_is
        workers.run()
        assert engine.stop_reason is None
        assert not engine.finished
        assert engine.next_pack() is None
        assert ledger.counts("demo")["search"]["failed"] == 0
        paused = [event.text for event in ledger.events("demo") if event.kind == "paused"]
        needed = "100 MiB" if by == "outcome" else "16 MiB"
        assert paused == [f"paused: {tmp_path} has 0 MiB free, {needed} are needed. It goes on when there is room"]
        free = 2**30
        workers.run()
        assert ledger.counts("demo")["search"]["completed"] == 5
        assert ledger.counts("demo")["confirm"]["planned"] == 0


def test_an_interrupted_study_gives_back_what_it_had(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config(), ledger, owner=Owner.this_process()))
        workers.run(at_most=3)
        workers.fill()
        under_way = len(workers.running)  # one or two: a proposal waits for those before it, whose order is drawn
        assert under_way > 0
        workers.engine.interrupt()
        assert workers.engine.finished
        assert workers.engine.next_pack() is None
        workers.engine.release_all()
        counts = ledger.counts("demo")["search"]
        assert counts["running"] == 0
        assert counts["planned"] == under_way
        assert counts["completed"] == 3


def test_best_scores_and_the_work_left_are_known(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        config = stub_config()
        workers = Workers(engine_of(config, ledger))
        assert workers.engine.work() is None
        workers.run(at_most=3)
        done, left = workers.engine.work() or pytest.fail("three trials have ended")
        assert done == pytest.approx(0.003)
        assert left == pytest.approx(0.001 * (2 + 4)), "two proposals and four confirmations are to come"
        best = dict(workers.engine.best)
        assert set(best) == {"stub"}
        assert engine_of(config, ledger).best == best, "a restarted driver knows it too"


def test_two_thousand_waiting_trials_do_not_slow_a_pack_down(tmp_path: Path) -> None:
    config = stub_config("search.trials=0", "seeds=500", "label_fractions=[0.1,0.2,0.5,1.0]")
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(config, ledger)
        assert engine.due()
        reads = 0
        states = ledger.states

        def counted(keys: Any) -> Any:
            nonlocal reads
            reads += 1
            return states(keys)

        ledger.states = counted  # type: ignore[method-assign]  # counts what the engine asks
        for _ in range(20):
            assert engine.next_pack() is not None
        assert reads == 20
        assert len(engine.agenda.line) == 1980


def test_a_trial_of_other_code_counts_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("search.trials=0", "label_fractions=[1.0]")
    with Ledger.open(tmp_path) as ledger:
        Workers(engine_of(stub_config(*words), ledger)).run()
        first = ledger.trials_frame("demo")["key"].to_list()
        monkeypatch.setattr(keying, "code_revision", lambda _module: "other code")
        strict = Workers(engine_of(stub_config(*words, "name=strict"), ledger))
        loose = Workers(engine_of(stub_config(*words, "name=loose", "reuse=same-config", "seeds=3"), ledger))
        loose.run()
        assert [assignment.trial.seed for assignment in loose.begun] == [2]
        assert set(first) < set(ledger.trials_frame("loose")["key"])
        strict.run()
        assert len(strict.trained) == 2
        alone = Workers(engine_of(stub_config(*words, "name=alone", "reuse=off"), ledger))
        alone.run()
        assert len(alone.trained) == 2
        again = Workers(engine_of(stub_config(*words, "name=alone", "reuse=off"), ledger))
        again.run()
        assert again.begun == [], "its own trials are done"
