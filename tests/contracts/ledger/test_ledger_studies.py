"""The ledger's contract: studies, plans, proposals and test sets."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from planned_trials import NONE, content_key, train, wanted

from s4mcl.ledger import Ledger, PlannedTrial


def test_a_study_is_replaced_but_keeps_its_birth(ledger: Ledger) -> None:
    before = ledger.study("first")
    assert before is not None
    ledger.record_study("first", {"name": "first", "seeds": 3}, {}, {}, {"git": "abc"})
    after = ledger.study("first")
    assert after is not None
    assert after["created_at"] == before["created_at"]
    assert after["updated_at"] >= before["updated_at"]
    assert (after["config"], after["provenance"]) == ({"name": "first", "seeds": 3}, {"git": "abc"})
    assert after["created_at"].tzinfo is UTC
    assert abs(datetime.now(UTC) - after["created_at"]) < timedelta(minutes=1)
    assert ledger.study("third") is None
    assert ledger.studies() == ["first", "second"]


def test_events_come_back_in_order(ledger: Ledger) -> None:
    ledger.record_event("first", "start", "the driver starts", {"pid": 3})
    ledger.record_event("second", "start", "another study")
    ledger.record_event("first", "end", "the driver ends")
    found = [(event.kind, event.text, event.detail) for event in ledger.events("first")]
    assert found == [("start", "the driver starts", {"pid": 3}), ("end", "the driver ends", {})]
    with pytest.raises(ValueError, match="third"):
        ledger.record_event("third", "start", "")


def test_planning_twice_changes_nothing(ledger: Ledger) -> None:
    trials = [wanted(0), wanted(1), wanted(1)]
    ledger.plan("first", "search", trials)
    train(ledger, 0)
    before = ledger.trials_frame("first")
    ledger.plan("first", "search", trials)
    assert ledger.trials_frame("first").equals(before)
    assert ledger.counts("first")["search"] == NONE | {"planned": 1, "completed": 1}


def test_only_recorded_studies_and_content_keys_are_planned(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="third"):
        ledger.plan("third", "search", [wanted(0)])
    with pytest.raises(ValueError, match="64 characters"):
        PlannedTrial("../../etc", "cohort", {})
    assert ledger.states([content_key(0)]) == {}


def test_another_study_or_stage_reuses_what_is_completed(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    train(ledger, 0)
    ledger.plan("first", "confirm", [wanted(0), wanted(1)])
    ledger.plan("second", "search", [wanted(0)])
    assert ledger.counts("first")["search"]["completed"] == 1
    assert ledger.counts("first")["confirm"] == NONE | {"planned": 1, "reused": 1}
    assert ledger.counts("second")["search"]["reused"] == 1
    assert ledger.states([content_key(0)])[content_key(0)].trained_for == ("first", "search")
    assert ledger.trials_frame("second")["reused"].to_list() == [True]
    assert list(ledger.counts("first")) == ["search", "confirm"]


def test_every_opening_of_a_test_set_is_counted(ledger: Ledger) -> None:
    ledger.plan("first", "confirm", [wanted(0), wanted(1), wanted(2, partition="other")])
    ledger.plan("second", "confirm", [wanted(0)])
    for number in range(3):
        train(ledger, number, stage="confirm")
        ledger.record_test(content_key(number), "first", {"test_dice": 0.6})
    ledger.record_test(content_key(0), "second", {"test_dice": 0.6})
    assert ledger.test_openings("data") == 4
    assert ledger.test_openings("unknown") == 0
    assert ledger.test_openings_by_study("first") == {"first": 3, "second": 1}
    assert ledger.test_openings_by_study("second") == {"first": 2, "second": 1}
    assert ledger.states([content_key(0)])[content_key(0)].tested


def test_a_state_tells_whether_distances_were_measured(ledger: Ledger) -> None:
    ledger.plan("first", "confirm", [wanted(number) for number in range(4)])
    metrics = [{"test_dice": 0.6}, {"test_dice": 0.6, "test_hd95": 3.0}, {"test_accuracy": 0.6}]
    for number, values in enumerate(metrics):
        train(ledger, number, stage="confirm")
        ledger.record_test(content_key(number), "first", values)
    states = ledger.states(content_key(number) for number in range(4))
    assert [state.distances for state in states.values()] == [False, True, True, False]
    assert [state.tested for state in states.values()] == [True, True, True, False]


def test_proposals_are_kept_in_order(ledger: Ledger) -> None:
    group: dict[str, Any] = {"method": "s4mcl", "label_fraction": 0.2}
    for number in (1, 0):
        ledger.record_proposal("first", "search", **group, number=number, hyperparameters={"alpha": 0.1 * number})
    ledger.record_proposal("first", "search", **group, number=1, hyperparameters={"alpha": 0.1})
    ledger.tell_proposal("first", "search", **group, number=0, state="completed", score=0.75)
    ledger.tell_proposal("first", "search", **group, number=1, state="failed", score=math.nan)
    told = [
        (proposal.number, proposal.hyperparameters, proposal.state, proposal.score)
        for proposal in ledger.proposals("first")
    ]
    assert told == [(0, {"alpha": 0.0}, "completed", 0.75), (1, {"alpha": 0.1}, "failed", None)]
    assert ledger.proposals("first", "ablate") == []
    frame = ledger.proposals_frame("first")
    assert frame["number"].to_list() == [0, 1]
    assert json.loads(frame["hyperparameters"][1]) == {"alpha": 0.1}


def test_what_a_proposal_reached_is_kept(ledger: Ledger) -> None:
    group: dict[str, Any] = {"method": "s4mcl", "label_fraction": 0.2}
    for number in range(2):
        ledger.record_proposal("first", "search", **group, number=number, hyperparameters={"alpha": number})
    assert ledger.proposals("first")[0].iterations is None
    reached = {
        "objectives": [0.7, 0.6],
        "intermediate": {100: 0.5, 200: math.nan, 300: 0.7},
        "violations": (-1.0, 0.25),
        "iterations": 900,
    }
    ledger.tell_proposal("first", "search", **group, number=0, state="completed", score=None, **reached)
    ledger.tell_proposal("first", "search", **group, number=1, state="failed", score=None, objectives=[0.1, math.nan])
    first, second = ledger.proposals("first", "search", "s4mcl", 0.2)
    assert (first.state, first.score, first.objectives) == ("completed", None, (0.7, 0.6))
    assert (first.intermediate, first.violations, first.iterations) == ({100: 0.5, 300: 0.7}, (-1.0, 0.25), 900)
    assert (second.objectives, second.intermediate, second.violations) == (None, {}, ())
    frame = ledger.proposals_frame("first")
    assert frame.select("objectives", "violations", "iterations").rows() == [
        ([0.7, 0.6], [-1.0, 0.25], 900),
        (None, None, None),
    ]
    assert json.loads(frame["intermediate"][0]) == {"100": 0.5, "300": 0.7}


def test_proposals_are_found_by_group(ledger: Ledger) -> None:
    for stage, method, fraction in (("search", "a", 0.1 + 0.2), ("search", "b", 0.3), ("other", "a", 0.3)):
        group = {"method": method, "label_fraction": fraction}
        ledger.record_proposal("first", stage, **group, number=0, hyperparameters={})
    ledger.record_proposal("first", "search", method="a", label_fraction=0.31, number=0, hyperparameters={})

    def found(*asked: Any, **filters: Any) -> list[tuple[str, str]]:
        return [(p.stage, p.method) for p in ledger.proposals("first", *asked, **filters)]

    assert found("search", "a", 0.3) == [("search", "a")]  # 0.1 + 0.2 is another number than 0.3
    assert found(method="a", label_fraction=0.3) == [("other", "a"), ("search", "a")]
    assert found("search", "c") == []
    assert len(found()) == 4
    ledger.tell_proposal("first", "search", method="b", label_fraction=0.3, number=0, state="failed", score=None)
    assert ledger.proposal_counts("first", "search", "a", 0.3) == (1, 1)
    assert ledger.proposal_counts("first", "search", "b", 0.3) == (1, 0)
    assert ledger.proposal_counts("second", "search", "b", 0.3) == (0, 0)


def test_a_trial_of_the_same_configuration_is_found_once_completed(ledger: Ledger) -> None:
    digests = [content_key(number) for number in (100, 101)]
    ledger.plan("first", "search", [wanted(0, same_config=digests[0]), wanted(1)])
    ledger.plan("first", "search", [wanted(2, same_config=digests[0])])
    assert ledger.same_config(digests) == {}
    for number in (2, 1, 0):
        train(ledger, number)
    assert ledger.same_config(digests) == {digests[0]: content_key(0)}
    ledger.plan("second", "search", [wanted(1, same_config=digests[1]), wanted(0, same_config=digests[1])])
    assert ledger.same_config(digests) == {digests[0]: content_key(0), digests[1]: content_key(1)}
    with pytest.raises(ValueError, match="64 characters"):
        wanted(3, same_config="short")


def test_a_proposal_has_one_content_and_a_measured_end(ledger: Ledger) -> None:
    which: dict[str, Any] = {"method": "s4mcl", "label_fraction": 0.2, "number": 0}
    with pytest.raises(ValueError, match="never recorded"):
        ledger.tell_proposal("first", "search", **which, state="pruned", score=0.1)
    ledger.record_proposal("first", "search", **which, hyperparameters={"alpha": 1.0})
    with pytest.raises(ValueError, match="already stands"):
        ledger.record_proposal("first", "search", **which, hyperparameters={"alpha": 2.0})
    with pytest.raises(ValueError, match="as failed"):
        ledger.tell_proposal("first", "search", **which, state="completed", score=math.nan)
    assert ledger.proposals("first")[0].state == "running"
