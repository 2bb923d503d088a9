"""The ledger's contract: its frames."""

import json
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from planned_trials import HERE, content_key, train, wanted

from s4mcl.ledger import Ledger, frames, report_frames
from s4mcl.ledger.frames import TRIAL_COLUMNS
from s4mcl_trainables.label_fraction import TaskFractions


def test_frames_of_an_empty_study_have_their_columns(ledger: Ledger) -> None:
    trials = ledger.trials_frame("first")
    assert trials.columns == list(TRIAL_COLUMNS)
    assert trials.schema["finished_at"] == pl.Datetime("us", "UTC")
    assert trials.schema["test_dice"] == pl.Float64
    assert ledger.reports_frame("first").schema == {"key": pl.String, "iteration": pl.Int64}
    assert ledger.proposals_frame("first").is_empty()
    assert ledger.counts("first") == {}


def test_test_values_stand_on_rows_of_confirm_alone(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0, proposal=4)])
    train(ledger, 0, summary={"val_dice": 0.5, "val_accuracy": None, "best_iteration": 8})
    ledger.plan("first", "confirm", [wanted(0)])
    key = content_key(0)
    ledger.record_test(key, "first", {"test_dice": 0.25, "test_accuracy": None}, f"trials/{key}/1/predictions.npz")
    frame = ledger.trials_frame("first")
    assert frame.select("stage", "test_dice", "proposal").rows() == [("search", None, 4), ("confirm", 0.25, None)]
    assert frame["predictions"].to_list() == [None, f"trials/{key}/1/predictions.npz"]
    row = frame.row(1, named=True)
    assert (row["state"], row["reused"], row["attempts"], row["iterations"]) == ("completed", True, 1, 10)
    assert (row["val_dice"], row["val_accuracy"], row["best_iteration"], row["test_accuracy"]) == (0.5, None, 8, None)
    assert json.loads(row["hyperparameters"]) == {"rate": 1e-5, "deep": {"b": []}}
    assert row["finished_at"].utcoffset() == timedelta(0)


def test_a_label_fraction_of_each_task_its_own_is_null_as_one(ledger: Ledger) -> None:
    """So that whatever groups by label fraction passes over it."""
    pair = {"classification": 0.5, "segmentation": 0.05}
    ledger.plan("first", "confirm", [wanted(0), wanted(1, label_fraction=pair)])
    train(ledger, 1, stage="confirm", state="failed", outcome="nan", summary=None)
    shares = ("label_fraction", "classification_fraction", "segmentation_fraction")
    frame = ledger.trials_frame("first")
    assert frame.select(shares).rows() == [(0.2, 0.2, 0.2), (None, 0.5, 0.05)]
    assert json.loads(ledger.trials_frame("first", columns=("trial",))["trial"][1])["label_fraction"] == pair
    assert ledger.attempts_frame("first").select(shares).rows() == [(None, 0.5, 0.05)]
    assert ledger.trials_frame("first", frames.Where(label_fraction=0.5)).is_empty()
    assert ledger.trials_frame("first", frames.Where(label_fraction=[0.2, 0.5]))["key"].to_list() == [content_key(0)]
    (failed,) = ledger.failed_trials("first")
    assert failed.label_fraction == TaskFractions(0.5, 0.05)
    assert [found.text for found in ledger.check() if found.family == "trials"] == []


def test_whatever_was_measured_has_a_column(ledger: Ledger) -> None:
    ledger.plan("first", "confirm", [wanted(0), wanted(1)])
    train(ledger, 0, stage="confirm", summary={"val_iou": 0.5, "val_lesions": 3, "val_note": "x", "val_empty": None})
    metrics = {"test_hd95": 4.5, "test_hd95_n": 12, "test_new": True, "other": 1.0}
    ledger.record_test(content_key(0), "first", metrics)
    frame = ledger.trials_frame("first")
    assert set(frame.columns) - set(TRIAL_COLUMNS) == {"val_lesions", "test_hd95", "test_hd95_n", "test_new"}
    names = ["val_iou", "val_lesions", "test_hd95", "test_hd95_n", "test_new", "test_iou"]
    assert frame.select(names).rows() == [(0.5, 3.0, 4.5, 12.0, 1.0, None), (None,) * 6]
    assert set(frame.select(names).dtypes) == {pl.Float64}


def test_a_locked_study_shows_no_test_value_of_another_study(ledger: Ledger) -> None:
    ledger.record_study("locked", {"name": "locked", "test": "locked"}, {}, {}, {})
    for study in ("first", "locked"):
        ledger.plan(study, "confirm", [wanted(0)])
    train(ledger, 0, stage="confirm", summary={"val_dice": 0.5})
    key = content_key(0)
    values = dict.fromkeys(frames.TEST, 0.25)
    ledger.record_test(key, "first", values, f"trials/{key}/1/predictions.npz")
    hidden = [*frames.TEST, "predictions"]
    shown = ledger.trials_frame("locked")
    assert shown.select("key", "state", "reused", "val_dice").rows() == [(key, "completed", True, 0.5)]
    assert shown.select(hidden).row(0) == (None,) * len(hidden)
    assert shown.schema == ledger.trials_frame("first").schema
    assert None not in ledger.trials_frame("first").select(hidden).row(0)


def test_reports_of_several_methods_share_a_frame(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.plan("first", "search", [wanted(0), wanted(1)])
    ledger.plan("first", "confirm", [wanted(0)])
    keys = [content_key(0), content_key(1)]
    ledger.claim(keys, "first", "search", HERE)
    ledger.add_reports(
        keys[1], 1, [{"iteration": 2, "values": {"loss/b": 2}}, {"iteration": 1, "values": {"loss/b": 1}}]
    )
    ledger.add_reports(keys[0], 1, [{"iteration": 1, "values": {"loss/a": 0.5, "val_dice": None}}])
    expected = pl.DataFrame(
        {
            "key": [keys[0], keys[1], keys[1]],
            "iteration": [1, 1, 2],
            "loss/a": [0.5, None, None],
            "loss/b": [None, 1.0, 2.0],
            "val_dice": pl.Series([None, None, None], dtype=pl.Float64),
        }
    )
    assert ledger.reports_frame("first").equals(expected)
    monkeypatch.setattr(report_frames, "TRIALS_AT_ONCE", 1)  # each trial in a portion of its own
    assert ledger.reports_frame("first").equals(expected)


names = st.text(
    st.characters(codec="utf-8", exclude_characters='"\\', exclude_categories=["C", "Z"]), min_size=1, max_size=8
)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9) | st.booleans()
batches = st.lists(
    st.dictionaries(names.filter(lambda n: n not in {"key", "iteration"}), numbers, max_size=4), max_size=5
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=batches)
@example(batch=[{"*": 1.0}, {"^.*$": 2.0, "trial_id": 3.0}])
def test_report_values_come_back_exactly(ledger: Ledger, batch: list[dict[str, Any]]) -> None:
    number = len(ledger.states(content_key(number) for number in range(200)))
    key, study = content_key(number), f"study {number}"
    ledger.record_study(study, {}, {}, {}, {})
    ledger.plan(study, "search", [wanted(number)])
    ledger.claim([key], study, "search", HERE)
    ledger.add_reports(key, 1, [{"iteration": at, "values": values} for at, values in enumerate(batch)])
    rows = ledger.reports_frame(study).drop("key", "iteration").to_dicts() or [{}] * len(batch)
    for values, row in zip(batch, rows, strict=True):
        assert {name: value for name, value in row.items() if value is not None} == {
            name: float(value) for name, value in values.items() if value is not None
        }


def test_portions_of_trials_with_other_values_make_one_frame(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.plan("first", "confirm", [wanted(number) for number in range(3)])
    train(ledger, 0, stage="confirm", summary={"val_dice": 0.5, "val_b": 1})
    train(ledger, 1, stage="confirm", summary={"val_a": 2, "val_note": "x"})
    ledger.record_test(content_key(1), "first", {"test_new": 3})
    whole = ledger.trials_frame("first")
    assert whole.select("val_a", "val_b", "test_new").rows() == [(None, 1.0, None), (2.0, None, 3.0), (None,) * 3]
    monkeypatch.setattr(frames, "AT_ONCE", 1)
    assert ledger.trials_frame("first").equals(whole)
    assert ledger.trials_frame("first", columns=["val_a", "key"]).equals(whole.select("val_a", "key"))
