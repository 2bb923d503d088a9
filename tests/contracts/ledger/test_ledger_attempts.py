"""The ledger's contract: each claim is an attempt, and how it went on stays known."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from planned_trials import ELSEWHERE, HERE, TRAINED, content_key, train, wanted

from s4mcl.ledger import Ledger, Share, Where, Worker

WORKER = Worker("node", "17", "cpu")
KEY = content_key(0)


def attempts(ledger: Ledger, *columns: str, study: str = "first") -> list[tuple[Any, ...]]:
    return ledger.attempts_frame(study).select(columns).rows()


def test_a_claim_is_an_attempt_that_runs(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    assert ledger.attempts_frame("first").height == 0
    before = datetime.now(UTC)
    ledger.claim([KEY], "first", "search", HERE, share=Share(0.5, 0.25))
    (row,) = ledger.attempts_frame("first").to_dicts()
    claimed = row.pop("claimed_at")
    assert abs(claimed - before) < timedelta(seconds=5)
    unknown = dict.fromkeys(("host", "worker", "device", "started_at", "ended_at", "ended"))
    trial = {"key": KEY, "stage": "search", "method": "stub", "label_fraction": 0.2, "seed": 0}
    shares = {"classification_fraction": 0.2, "segmentation_fraction": 0.2}
    assert row == {**trial, "attempt": 1, "cpus": 0.5, "gpus": 0.25, **unknown, **shares}
    assert ledger.attempts_frame("second").height == 0
    assert ledger.attempts_frame("first", Where(stage="confirm")).height == 0


def test_the_first_sign_of_a_worker_says_who_and_since_when(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([KEY], "first", "search", HERE)
    time.sleep(0.02)
    ledger.heard({KEY: 1}, WORKER, seconds=0.01)
    (row,) = ledger.attempts_frame("first").to_dicts()
    assert (row["host"], row["worker"], row["device"]) == ("node", "17", "cpu")
    assert row["claimed_at"] < row["started_at"] < row["claimed_at"] + timedelta(seconds=5)

    ledger.heard({KEY: 1}, Worker("other", "18", "cuda:0 NVIDIA H100"))
    (later,) = ledger.attempts_frame("first").to_dicts()
    assert (later["host"], later["worker"]) == ("other", "18"), "another goes on after the first died"
    assert later["started_at"] == row["started_at"]


def test_a_worker_cannot_have_begun_before_the_claim(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([KEY], "first", "search", HERE)
    ledger.heard({KEY: 1}, WORKER, seconds=1000.0)
    (row,) = ledger.attempts_frame("first").to_dicts()
    assert row["started_at"] == row["claimed_at"]


@pytest.mark.parametrize(
    ("state", "outcome", "ended"),
    [
        ("completed", "completed", "completed"),
        ("pruned", "pruned", "pruned"),
        ("failed", "nan", "failed"),
        ("failed", "lost", "lost"),
    ],
)
def test_an_end_is_the_attempts_end(ledger: Ledger, state: str, outcome: str, ended: str) -> None:
    ledger.plan("first", "search", [wanted(0)])
    train(ledger, 0, state=state, outcome=outcome)
    (row,) = ledger.attempts_frame("first").to_dicts()
    assert row["ended"] == ended
    assert row["ended_at"] == ledger.trials_frame("first")["finished_at"][0]
    ledger.heard({KEY: 1}, WORKER)
    assert attempts(ledger, "worker") == [(None,)], "a worker that comes too late changes nothing"


def test_what_is_given_back_is_released_or_moved(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0), wanted(1)])
    keys = [content_key(number) for number in range(2)]
    ledger.claim(keys, "first", "search", HERE)
    ledger.release([KEY], HERE, ended="moved")
    assert attempts(ledger, "key", "ended") == [(KEY, "moved"), (keys[1], None)]
    ledger.release([keys[1]], ELSEWHERE)
    assert attempts(ledger, "ended") == [("moved",), (None,)], "not its claim"
    ledger.claim([KEY], "first", "search", HERE)
    assert ledger.release_held(HERE) == 2
    found = sorted(attempts(ledger, "key", "attempt", "ended"))
    assert found == sorted([(KEY, 1, "moved"), (KEY, 2, "released"), (keys[1], 1, "released")])
    ended = ledger.attempts_frame("first")
    assert (ended["ended_at"] >= ended["claimed_at"]).all()


def test_an_attempt_that_is_taken_over_was_lost_when_its_lease_ran_out(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([KEY], "first", "search", ELSEWHERE, lease_seconds=0)
    time.sleep(0.05)
    assert ledger.claim([KEY], "second", "search", HERE) == {KEY: 2}
    (lost,) = ledger.attempts_frame("first").to_dicts()
    assert lost["ended"] == "lost"
    assert lost["ended_at"] == lost["claimed_at"], "not when somebody noticed"
    assert attempts(ledger, "attempt", "ended", study="second") == [(2, None)]
    assert not ledger.finish(KEY, 1, state="failed", outcome="nan", **TRAINED)
    assert attempts(ledger, "ended") == [("lost",)]


def test_a_completed_trial_that_is_trained_again_has_two_attempts(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    train(ledger, 0, artifacts=f"trials/{KEY}/1")
    ledger.claim([KEY], "second", "search", HERE, retrain=True)
    ledger.release([KEY], HERE)
    assert ledger.states([KEY])[KEY].state == "completed"
    assert attempts(ledger, "attempt", "ended") == [(1, "completed")]
    assert attempts(ledger, "attempt", "ended", study="second") == [(2, "released")]


def test_what_attempts_say_is_news(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([KEY], "first", "search", HERE)
    token = ledger.news("first")
    ledger.heard({KEY: 1}, WORKER)
    assert ledger.news("first") != token
