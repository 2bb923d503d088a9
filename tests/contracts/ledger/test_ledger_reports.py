"""The ledger's contract: what a trial sends, how it ends, and what a transaction keeps."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from planned_trials import HERE, TRAINED, content_key, train, wanted

from s4mcl.ledger import Ledger


def test_a_report_sent_twice_changes_nothing(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([key], "first", "search", HERE)
    reports = [{"iteration": at, "values": {"val_dice": at / 10, "loss/dice": None}} for at in (1, 2)]
    assert ledger.add_reports(key, 1, reports)
    before = ledger.reports_frame("first")
    assert ledger.add_reports(key, 1, [*reports, {"iteration": 1, "values": {"val_dice": 9.0}}])
    assert ledger.reports_frame("first").equals(before)


def test_the_reports_of_a_few_trials_are_read_alone(ledger: Ledger) -> None:
    keys = [content_key(number) for number in range(3)]
    ledger.plan("first", "search", [wanted(number) for number in range(2)])
    ledger.claim(keys[:2], "first", "search", HERE)
    sent = [{"iteration": at, "values": {"val_dice": at / 10, "loss": math.inf}} for at in (2, 1)]
    ledger.add_reports(keys[1], 1, sent)
    expected = [{"iteration": at, "values": {"val_dice": at / 10, "loss": None}} for at in (1, 2)]
    assert ledger.reports_of(keys) == {keys[0]: [], keys[1]: expected}
    assert ledger.reports_of([]) == {}


@pytest.mark.parametrize("value", ["0.5", [1.0], {"a": 1}])
def test_a_report_holds_numbers_alone(ledger: Ledger, value: Any) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([key], "first", "search", HERE)
    reports = [{"iteration": 1, "values": {"val_dice": 0.5}}, {"iteration": 2, "values": {"val_dice": value}}]
    with pytest.raises(TypeError, match="val_dice"):
        ledger.add_reports(key, 1, reports)
    assert ledger.reports_frame("first").is_empty()


def test_numbers_that_are_not_finite_become_null(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([key], "first", "search", HERE)
    ledger.add_reports(key, 1, [{"iteration": 1, "values": {"loss/a": math.nan, "loss/b": -math.inf, "loss/c": 1.5}}])
    frame = ledger.reports_frame("first")
    assert frame.select("loss/a", "loss/b", "loss/c").row(0) == (None, None, 1.5)
    detail = {"iteration": 1, "terms": {"loss/a": math.nan, "loss/c": 1.5}}
    assert ledger.finish(
        key, 1, state="failed", outcome="nan", detail=detail, summary={"val_dice": math.inf}, **TRAINED
    )
    row = ledger.trials_frame("first").row(0, named=True)
    assert row["val_dice"] is None
    assert json.loads(row["detail"]) == {
        "iteration": 1,
        "terms": {"loss/a": None, "loss/c": 1.5},
        "non_finite": ["terms.loss/a"],
    }
    failed = ledger.failed_trials("first")
    assert [(trial.stage, trial.method, trial.seed, trial.outcome) for trial in failed] == [
        ("search", "stub", 0, "nan")
    ]


def test_the_first_ending_counts(ledger: Ledger) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([key], "first", "search", HERE)
    ending: dict[str, Any] = {"outcome": "completed", **TRAINED}
    assert ledger.finish(key, 1, state="completed", summary={"val_dice": 0.7}, artifacts=f"trials/{key}/1", **ending)
    assert ledger.finish(key, 1, state="completed", summary={"val_dice": 0.1}, **ending)
    assert not ledger.finish(key, 1, state="failed", **ending)
    state = ledger.states([key])[key]
    assert (state.state, state.summary, state.artifacts) == ("completed", {"val_dice": 0.7}, f"trials/{key}/1")
    with pytest.raises(ValueError, match="running"):
        ledger.finish(key, 1, state="running", **ending)


@pytest.mark.parametrize("path", ["/tmp/x", "../x", "trials/../../x"])
def test_paths_stay_inside_the_storage(ledger: Ledger, path: str) -> None:
    key = content_key(0)
    ledger.plan("first", "search", [wanted(0)])
    ledger.claim([key], "first", "search", HERE)
    with pytest.raises(ValueError, match="relative to the storage"):
        ledger.finish(key, 1, state="completed", outcome="completed", artifacts=path, **TRAINED)
    with pytest.raises(ValueError, match="relative to the storage"):
        ledger.record_test(key, "first", {}, path)
    assert ledger.test_openings("data") == 0
    assert ledger.states([key])[key].state == "running"


def test_a_transaction_keeps_all_or_nothing(ledger: Ledger, open_ledger: Callable[[], Ledger]) -> None:
    ledger.plan("first", "search", [wanted(0)])
    key = content_key(0)
    with pytest.raises(ValueError, match="never handed out"), ledger.transaction():  # noqa: PT012  # all undone
        assert ledger.claim([key], "first", "search", HERE) == {key: 1}
        ledger.add_reports(key, 1, [{"iteration": 1, "values": {"val_dice": 0.5}}])
        ledger.add_reports(key, 2, [])
    assert ledger.states([key])[key].attempt == 0
    with ledger.transaction(), open_ledger() as other:
        train(ledger, 0)
        assert other.states([key])[key].state == "planned"
    assert ledger.states([key])[key].state == "completed"


def test_a_snapshot_sees_one_state(ledger: Ledger, open_ledger: Callable[[], Ledger]) -> None:
    ledger.plan("first", "search", [wanted(0)])
    with ledger.snapshot(), open_ledger() as other:
        assert ledger.counts("first")["search"]["planned"] == 1
        train(other, 0)
        assert ledger.counts("first")["search"]["planned"] == 1
        with pytest.raises(RuntimeError, match="snapshot"):
            ledger.plan("first", "search", [wanted(1)])
    assert ledger.counts("first")["search"]["completed"] == 1
