"""The ledger's contract: a trial is given to one driver at a time."""

import os
import subprocess
import time

import pytest
from planned_trials import ELSEWHERE, HERE, TRAINED, content_key, train, wanted

from s4mcl.ledger import Ledger, Owner
from s4mcl_trainables.processes import process_start, this_host


def test_a_trial_is_given_out_once_until_its_lease_lapses(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    assert ledger.claim([key], "first", "search", ELSEWHERE, lease_seconds=60) == {key: 1}
    assert ledger.claim([key], "first", "search", HERE) == {}
    assert ledger.renew(ELSEWHERE, lease_seconds=0) == 1
    assert ledger.claim([key], "second", "search", HERE) == {key: 2}
    assert ledger.claim([key], "first", "search", ELSEWHERE) == {}
    assert ledger.states([key])[key].attempt == 2


def test_an_older_attempt_is_not_listened_to(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([key], "first", "search", ELSEWHERE, lease_seconds=0)
    assert ledger.add_reports(key, 1, [{"iteration": 1, "values": {"val_dice": 0.1}}])
    ledger.claim([key], "first", "search", HERE)
    assert not ledger.add_reports(key, 1, [{"iteration": 2, "values": {"val_dice": 0.2}}])
    assert not ledger.finish(key, 1, state="failed", outcome="nan", **TRAINED)
    assert ledger.reports_frame("first")["iteration"].to_list() == [1]
    assert ledger.states([key])[key].state == "running"
    assert ledger.add_reports(key, 2, [{"iteration": 2, "values": {"val_dice": 0.2}}])
    for unknown in (0, 3):
        with pytest.raises(ValueError, match="never handed out"):
            ledger.add_reports(key, unknown, [])


def test_a_dead_owner_of_this_host_loses_its_claim_at_once(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    process = subprocess.Popen(["sleep", "60"])
    owner = Owner(this_host(), process.pid, process_start(process.pid) or "")
    assert ledger.claim([key], "first", "search", owner, lease_seconds=3600) == {key: 1}
    assert ledger.claim([key], "first", "search", HERE) == {}
    process.kill()
    deadline = time.monotonic() + 10
    while not owner.is_dead() and time.monotonic() < deadline:  # a zombie counts as dead
        time.sleep(0.01)
    assert ledger.claim([key], "first", "search", HERE) == {key: 2}
    process.wait()


def test_a_later_process_with_the_same_number_is_another_owner(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([key], "first", "search", Owner(HERE.host, os.getpid(), "an earlier start"), lease_seconds=3600)
    assert ledger.claim([key], "first", "search", HERE) == {key: 2}


def test_failed_trials_are_given_only_when_asked_for_and_completed_ones_never(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(number) for number in range(3)])
    for number, state in enumerate(("completed", "pruned", "failed")):
        train(ledger, number, state=state, outcome=state)
    keys = [content_key(number) for number in range(3)]
    assert ledger.claim(keys, "first", "search", HERE) == {}
    assert ledger.claim(keys, "first", "search", HERE, retry_failed=True) == {keys[2]: 2}
    state = ledger.states(keys)[keys[2]]
    assert (state.state, state.outcome) == ("running", None)


def test_a_trial_that_was_stopped_early_goes_on_when_asked_for(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    train(ledger, 0, state="pruned", outcome="pruned", artifacts=f"trials/{key}/1")
    assert ledger.counts("first")["search"]["pruned"] == 1
    assert ledger.claim([key], "first", "search", HERE) == {}
    assert ledger.claim([key], "second", "search", HERE, resume_pruned=True) == {key: 2}
    state = ledger.states([key])[key]
    assert (state.state, state.attempt, state.outcome, state.artifacts) == ("running", 2, None, f"trials/{key}/1")
    assert not ledger.add_reports(key, 1, [{"iteration": 20, "values": {"val_dice": 0.6}}])
    assert ledger.release([key], HERE) == 1  # it waits at a rung
    assert ledger.states([key])[key].artifacts == f"trials/{key}/1"
    train(ledger, 0, artifacts=f"trials/{key}/3")
    state = ledger.states([key])[key]
    assert (state.state, state.attempt, state.artifacts) == ("completed", 3, f"trials/{key}/3")


def test_released_trials_are_planned_again_and_only_by_their_owner(ledger: Ledger) -> None:
    keys = [content_key(0), content_key(1)]
    ledger.plan("first", "search", [wanted(0), wanted(1)])
    ledger.claim(keys, "first", "search", HERE)
    assert ledger.release(keys, ELSEWHERE) == 0
    assert ledger.release(keys[:1], HERE) == 1
    assert [state.state for state in ledger.states(keys).values()] == ["planned", "running"]
    assert not ledger.finish(keys[0], 1, state="completed", outcome="completed", **TRAINED)
    assert ledger.claim(keys, "first", "search", HERE) == {keys[0]: 2}


def test_claiming_an_unknown_trial_takes_none(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    with pytest.raises(ValueError, match="never planned"):
        ledger.claim([content_key(0), content_key(1)], "first", "search", HERE)
    assert ledger.states([content_key(0)])[content_key(0)].state == "planned"


def test_many_keys_are_claimed_and_read_at_once(ledger: Ledger) -> None:
    trials = [wanted(number) for number in range(1203)]
    keys = [trial.key for trial in trials]
    ledger.plan("first", "search", trials)
    assert list(ledger.claim(keys, "first", "search", HERE)) == keys
    assert list(ledger.states(keys)) == keys
    assert ledger.release(keys, HERE) == len(keys)
