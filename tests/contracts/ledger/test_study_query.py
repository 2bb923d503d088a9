"""The contract of the one query module between ledger and frames, over every backend."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from planned_trials import HERE, Storage, content_key, wanted
from sqlalchemy import event

from made_study import make_study
from s4mcl.ledger import Ledger, report_frames
from s4mcl_dashboards.frames.query import StudyQuery, Where

TRIED = (
    Where(stage="search"),
    Where(stage=("confirm", "ablate"), method="s4mcl"),
    Where(label_fraction=1.0),
    Where(label_fraction=[0.1, 0.3], state=["failed", "pruned"]),
    Where(stage="nowhere"),
    Where(method=()),
)


@pytest.fixture
def query(storage: Storage) -> Any:
    storage.open().close()  # notes where this storage keeps its ledger
    make_study(storage.folder)
    with storage.open() as ledger:
        yield StudyQuery(ledger, "demo")


def kept(frame: pl.DataFrame, where: Where) -> pl.DataFrame:
    """The filter as Polars applies it."""
    for name, value in vars(where).items():
        if value is not None and name in frame.columns:
            frame = frame.filter(pl.col(name).is_in([value] if isinstance(value, str | float) else list(value)))
    return frame


def test_it_says_what_the_ledger_says(query: StudyQuery) -> None:
    ledger = query.ledger
    assert query.trials().collect().equals(ledger.trials_frame("demo"))
    assert query.proposals().collect().equals(ledger.proposals_frame("demo"))
    assert query.arms().collect().equals(ledger.arms_frame("demo"))
    assert query.reports().collect().equals(ledger.reports_frame("demo"))
    assert query.events().collect()["kind"].to_list() == [said.kind for said in ledger.events("demo")]
    assert query.reports().collect().height == 2 * query.trials().collect()["key"].n_unique()


@pytest.mark.parametrize("where", TRIED, ids=str)
def test_the_database_filters_as_polars_does(query: StudyQuery, where: Where) -> None:
    trials = kept(query.trials().collect(), where)
    assert query.trials(where).select(trials.columns).collect().equals(trials)
    assert query.proposals(where).collect().equals(kept(query.proposals().collect(), where))
    expected = query.reports().collect().filter(pl.col("key").is_in(trials["key"].to_list()))
    assert (
        query.reports(where=where, columns=["loss/dice", "val_dice"])
        .collect()
        .equals(expected.select("key", "iteration", "loss/dice", "val_dice"))
    )


def test_named_columns_alone_are_read(query: StudyQuery) -> None:
    whole = query.trials().collect()
    for columns in (
        ["val_dice", "key"],
        ["test_dice"],
        ["hyperparameters", "best_iteration"],
        ["predictions", "reused"],
    ):
        assert query.trials(columns=columns).collect().equals(whole.select(columns))
    documents = query.trials(columns=["key", "trial"]).collect()  # only by its name: no frame holds it otherwise
    assert [json.loads(text)["method"] for text in documents["trial"]] == whole["method"].to_list()
    assert "trial" not in whole.columns
    assert query.trials(columns=["val_lesions"]).collect()["val_lesions"].null_count() == whole.height
    with pytest.raises(ValueError, match="no column 'colour' of trials"):
        query.trials(columns=["colour"])


def test_reports_of_single_trials(query: StudyQuery) -> None:
    key = query.trials(Where(stage="confirm")).collect()["key"][3]
    found = query.reports(keys=[key], columns=["val_dice", "never/told"]).collect()
    assert found.select("key", "iteration").rows() == [(key, 10), (key, 20)]
    assert found["never/told"].null_count() == 2
    assert query.reports(keys=[]).collect().is_empty()
    assert query.report_names([key]) == ["loss/dice", "val_accuracy", "val_balanced_accuracy", "val_dice", "val_score"]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_reports_are_read_in_portions_and_what_is_not_asked_for_is_not_decoded(
    query: StudyQuery, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s4mcl_dashboards.frames.query.TRIALS_AT_ONCE", 5)
    decoded: list[list[str]] = []

    def noted(raw: pl.DataFrame, of: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        decoded.append(list(names))
        return report_frames.decoded(raw, of, names)

    monkeypatch.setattr("s4mcl_dashboards.frames.query.decoded", noted)
    plan = query.reports().filter(pl.col("iteration") == 10).group_by("key").agg(pl.col("val_dice").mean())
    assert decoded == []
    found = plan.sort("key").collect(engine=engine)
    trials = query.trials().collect().filter(pl.col("attempts") > 0)["key"].n_unique()
    assert decoded == [["val_dice"]] * -(-trials // 5)
    whole = query.ledger.reports_frame("demo").filter(iteration=10).select("key", "val_dice").sort("key")
    assert found.equals(whole)
    assert query.reports().head(7).collect(engine=engine).equals(query.ledger.reports_frame("demo").head(7))


def test_an_empty_study_has_its_columns(query: StudyQuery) -> None:
    query.ledger.record_study("empty", {}, {}, {}, {})
    empty = StudyQuery(query.ledger, "empty")
    assert empty.trials().collect().schema == query.ledger.trials_frame("empty").schema
    assert empty.reports().collect().schema == {"key": pl.String, "iteration": pl.Int64}
    assert empty.proposals().collect().is_empty()
    assert empty.events().collect().is_empty()
    assert empty.token() != query.token()


def test_the_token_changes_with_everything_that_is_said_of_a_study(ledger: Ledger) -> None:
    query, key = StudyQuery(ledger, "first"), content_key(0)
    place: dict[str, Any] = {"method": "stub", "label_fraction": 0.2, "number": 0}
    told: dict[str, Any] = {"state": "completed", "score": 0.5}
    ended: dict[str, Any] = {"state": "completed", "outcome": "completed", "iterations": 20, "seconds": 1.0}
    arm = {"name": "base", "method": "stub", "label_fraction": 0.2, "cohort": "c", "seeds": [0]}
    steps = [
        lambda: ledger.record_study("first", {"seeds": 2}, {}, {}, {}),
        lambda: ledger.record_proposal("first", "search", **place, hyperparameters={}),
        lambda: ledger.plan("first", "search", [wanted(0, proposal=0)]),
        lambda: ledger.claim([key], "first", "search", HERE),
        lambda: ledger.add_reports(key, 1, [{"iteration": 10, "values": {"val_dice": 0.5}}]),
        lambda: ledger.add_reports(key, 1, [{"iteration": 20, "values": {"val_dice": 0.5}}]),
        lambda: ledger.finish(key, 1, **ended, summary={"val_dice": 0.5}),
        lambda: ledger.tell_proposal("first", "search", **place, **told),
        lambda: ledger.plan("first", "confirm", [wanted(0)]),
        lambda: ledger.record_test(key, "first", {"test_dice": 0.5}),
        lambda: ledger.record_arms("first", "parts", "table", [arm | {"hyperparameters": {}, "factors": {}}]),
        lambda: ledger.record_event("first", "ended", "it ended"),
        lambda: ledger.take_back("first", ["confirm"]),
    ]
    seen = [query.token()]
    for step in steps:
        step()
        seen.append(query.token())
        assert query.token() == seen[-1]
    assert len(set(seen)) == len(steps) + 1


def test_what_happens_to_another_study_leaves_the_token_alone(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    before = StudyQuery(ledger, "first").token()
    ledger.plan("second", "search", [wanted(1)])
    ledger.claim([content_key(1)], "second", "search", HERE)
    ledger.record_event("second", "ended", "it ended")
    assert StudyQuery(ledger, "first").token() == before


def test_a_report_asks_the_database_a_fixed_number_of_questions(query: StudyQuery, tmp_path: Path) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(query.ledger._engine, "before_cursor_execute", note)
    query.trials(Where(stage="confirm")).collect()
    query.proposals().collect()
    query.token()
    event.remove(query.ledger._engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 2 + 1 + 9
