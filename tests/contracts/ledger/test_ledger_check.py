"""The ledger's contract: `check` finds what a sound ledger does not have, and nothing in a sound one."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from planned_trials import ELSEWHERE, HERE, TRAINED, Storage
from sqlalchemy import text

from s4mcl.ledger import Ledger, PlannedTrial
from s4mcl.ledger.check.findings import SHOWN
from s4mcl_trainables.trial import Settings, Trial, config_digest, content_key

PROFILE = {"device": "cpu"}
REVISION = hashlib.sha256(b"code").hexdigest()
OF: dict[str, Any] = {"dataset": "data", "partition": "part"}


def trial_of(seed: int) -> Trial:
    return Trial("stub", 0.2, seed, Settings(iterations=20, report_every=10), {"alpha": 0.5})


def key_of(seed: int) -> str:
    return content_key(trial_of(seed), **OF, revision=REVISION, profile=PROFILE)


def wanted(seed: int, *, digest: bool = False, proposal: int | None = 0) -> PlannedTrial:
    same = config_digest(trial_of(seed), **OF) if digest else None
    return PlannedTrial(key_of(seed), "cohort", trial_of(seed).to_dict(), proposal, **OF, same_config=same)


@pytest.fixture
def sound(storage: Storage) -> Any:
    """A ledger with a finished study: two trials of one proposal, one of them tested, and a design."""
    with storage.open() as ledger:
        origin = {"profile": PROFILE, "revisions": {"stub": REVISION}}
        ledger.record_study("first", {"name": "first", "test": "open"}, {}, {}, origin)
        group: dict[str, Any] = {"method": "stub", "label_fraction": 0.2, "number": 0}
        ledger.record_proposal("first", "search", **group, hyperparameters={"alpha": 0.5})
        ledger.plan("first", "search", [wanted(0), wanted(1, digest=True)])
        for seed in range(2):
            finish(ledger, seed)
        ledger.tell_proposal("first", "search", **group, state="completed", score=0.5, iterations=40)
        ledger.plan("first", "confirm", [wanted(0, proposal=None)])
        predictions = f"trials/{key_of(0)}/1/predictions.npz"
        (ledger.storage / predictions).write_bytes(b"")
        ledger.record_test(key_of(0), "first", {"test_dice": 0.5}, predictions)
        arm = {"name": "base", "method": "stub", "label_fraction": 0.2, "cohort": "cohort", "seeds": [0, 1]}
        ledger.record_arms("first", "parts", "leave-one-out", [arm | {"hyperparameters": {}, "factors": {}}])
        yield ledger


def finish(ledger: Ledger, seed: int) -> None:
    key = key_of(seed)
    ledger.claim([key], "first", "search", HERE)
    ledger.add_reports(key, 1, [{"iteration": at, "values": {"val_dice": 0.5}} for at in (10, 20)])
    folder = f"trials/{key}/1"
    (ledger.storage / folder).mkdir(parents=True)
    ending = {"state": "completed", "outcome": "completed", "summary": {"val_dice": 0.5}, "artifacts": folder}
    assert ledger.finish(key, 1, **TRAINED | {"iterations": 20} | ending)


def break_it(ledger: Ledger, *commands: str) -> None:
    """Write as somebody would who goes around the ledger."""
    with ledger.connection(writes=True) as connection:
        for command in commands:
            connection.execute(text(command))


def found(ledger: Ledger) -> list[tuple[str, str]]:
    return [(finding.family, finding.text) for finding in ledger.check()]


def test_nothing_is_wrong_with_a_sound_ledger(sound: Ledger) -> None:
    assert found(sound) == []


def test_a_study_that_runs_is_sound(sound: Ledger) -> None:
    sound.record_proposal("first", "search", method="stub", label_fraction=0.2, number=1, hyperparameters={})
    sound.plan("first", "search", [wanted(2, proposal=1)])
    sound.claim([key_of(2)], "first", "search", HERE)
    assert found(sound) == []


@pytest.mark.parametrize(
    ("command", "family", "message"),
    [
        ("DELETE FROM reports WHERE iteration = 10", "reports", "1 reports are missing, the first at iteration 10"),
        (
            "UPDATE reports SET iteration = 15 WHERE iteration = 20",
            "reports",
            "at iteration 15, where one",
        ),
        ("UPDATE reports SET iteration = 30 WHERE iteration = 20", "reports", "at iteration 30, after its end at 20"),
        (
            "UPDATE reports SET attempt = 3 WHERE iteration = 20",
            "reports",
            "of attempts 1 to 3, of which 1 were",
        ),
        ("UPDATE trials SET seed = 7 WHERE seed = 1", "trials", "column seed says 7, its document 1"),
        (
            "UPDATE trials SET label_fraction = 0.3 WHERE seed = 1",
            "trials",
            "says 0.3, its document 0.2",
        ),
        ("UPDATE trials SET dataset = 'x' WHERE seed = 0", "trials", "its key is not that of its document"),
        ("UPDATE trials SET dataset = 'x' WHERE seed = 1", "trials", "its document is not the one that same_config"),
        (
            "UPDATE trials SET trained_for_stage = NULL WHERE seed = 1",
            "trials",
            "stage is not said",
        ),
        (
            "UPDATE trials SET finished_at = '2001-01-01 00:00:00'",
            "trials",
            "finished at 2001-01-01 00:00:00",
        ),
        ("UPDATE trials SET summary = '{' WHERE seed = 1", "documents", "trials.summary of id 2 is no JSON object"),
        (
            "UPDATE arms SET seeds = '{}'",
            "documents",
            "design parts, name base is no JSON list",
        ),
        ("UPDATE proposals SET number = 1", "proposals", "1 proposals are there, the last has number 1"),
        (
            "UPDATE proposals SET number = 1",
            "proposals",
            "proposal 0 of study first, stage search, which",
        ),
        (
            "UPDATE proposals SET state = 'running', finished_at = NULL",
            "proposals",
            "proposal 0 is running, but all trials of the stage have ended",
        ),
        ("UPDATE attempts SET attempt = 2", "attempts", "attempt 2 was never handed out, the last was 1"),
        ("UPDATE attempts SET attempt = 2", "attempts", "nothing is said of its attempt 1"),
        ("UPDATE attempts SET ended = NULL, ended_at = NULL", "attempts", "1 runs, but the trial is completed"),
        ("UPDATE attempts SET ended = 'pruned'", "attempts", "1 ended as pruned, but the trial is completed"),
        (
            "UPDATE attempts SET claimed_at = '2101-01-01 00:00:00'",
            "attempts",
            "has its claim, start and end in another order",
        ),
        ("UPDATE arms SET cohort = 'gone'", "arms", "arm 'base': its cohort has no trials"),
        ("UPDATE arms SET seeds = '[0,1,5,6]'", "arms", "arm 'base': no trial has seed 5, 6"),
        ("UPDATE arms SET position = 4", "arms", "1 arms are there, the last stands at place 4"),
        ("DELETE FROM test_openings", "openings", "it has test values, and no opening is counted"),
        ('UPDATE studies SET config = \'{"test":"locked"}\'', "openings", "is locked, and was opened 1 times"),
        ("UPDATE trials SET artifacts = 'trials/x' WHERE seed = 0", "files", "its folder trials/x is not there"),
        (
            "UPDATE trials SET predictions = 'trials/y' WHERE seed = 0",
            "files",
            "predictions trials/y are not",
        ),
        ("DROP INDEX ix_trials_same_config", "database", "index ix_trials_same_config is missing"),
        ("DROP TABLE arms", "database", "table arms is missing"),
    ],
)
def test_what_is_wrong_is_said(sound: Ledger, command: str, family: str, message: str) -> None:
    break_it(sound, command)
    told = [text for name, text in found(sound) if name == family]
    assert any(message in text for text in told), found(sound)


def test_a_later_attempt_before_an_earlier_one_is_said(sound: Ledger) -> None:
    break_it(
        sound,
        "UPDATE trials SET attempt = 2",
        "UPDATE attempts SET attempt = 2",
        "UPDATE reports SET attempt = 2 WHERE iteration = 10",
    )
    assert {family for family, _ in found(sound)} == {"reports"}
    assert "at iteration 10 is of a later attempt than the one after it" in found(sound)[0][1]


def test_what_a_driver_that_is_gone_left_behind_is_said(sound: Ledger) -> None:
    sound.plan("first", "search", [wanted(2), wanted(3), wanted(4)])
    sound.claim([key_of(2), key_of(3)], "first", "search", ELSEWHERE, lease_seconds=3600)
    assert found(sound) == []
    sound.renew(ELSEWHERE, lease_seconds=0)
    assert found(sound) == [
        (
            "claims",
            "study first: 2 trials run for the driver 7 on another-host, which has not renewed its lease; "
            "s4mcl run goes on with the study",
        )
    ]


def test_an_attempt_that_ended_though_its_trial_runs_is_said(sound: Ledger) -> None:
    sound.plan("first", "search", [wanted(2)])
    sound.claim([key_of(2)], "first", "search", HERE)
    break_it(sound, "UPDATE attempts SET ended = 'released', ended_at = claimed_at WHERE ended IS NULL")
    assert found(sound) == [
        ("attempts", f"trial {key_of(2)}: attempt 1 has ended (released), but the trial is running")
    ]


def test_many_findings_are_counted(sound: Ledger) -> None:
    sound.plan("first", "search", [wanted(seed) for seed in range(2, 40)])
    break_it(sound, "UPDATE trials SET dataset = 'x', trained_for_study = 'first' WHERE seed > 1")
    told = [text for family, text in found(sound) if family == "trials"]
    assert len(told) == SHOWN + 1
    assert told[-1] == f"and {38 - SHOWN} more"


def test_a_document_is_what_was_written(sound: Ledger, open_ledger: Callable[[], Ledger]) -> None:
    row = sound.trials_frame("first").row(0, named=True)
    assert json.loads(row["hyperparameters"]) == {"alpha": 0.5}
    with open_ledger() as other:
        assert found(other) == []
