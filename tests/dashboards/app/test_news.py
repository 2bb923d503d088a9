"""What is sent when something changes, and when nothing does."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text
from visitor import Visit, Visitor

from made_study import HERE, made_config, make_study, record, settled, wanted
from s4mcl.execution.lock import StudyLock
from s4mcl.ledger import Ledger
from s4mcl.ledger.schema import SCHEMA_VERSION

STUDY = "/study?study=demo"
SECONDS = 20.0


def eventually(visitor: Visitor, address: str, holds: Callable[[], bool]) -> None:
    """Ask as a page does until something holds."""
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, (visitor.problem, visitor.html[:2000])
        visitor.look(address)
        time.sleep(0.1)


def quiet(visitor: Visitor, address: str) -> None:
    """Ask until nothing new comes: the statistics were worked out."""
    until = time.monotonic() + SECONDS
    still = 0
    while still < 5 or "being worked out" in visitor.html or "counting" in visitor.html:
        assert time.monotonic() < until
        still = 0 if visitor.look(address) else still + 1
        time.sleep(0.1)


def test_nothing_is_sent_while_nothing_changes(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    for address in ("/", STUDY, f"{STUDY}&view=search"):
        visitor.look(address)
        quiet(visitor, address)
        assert not visitor.look(address)


def test_a_new_trial_is_shown_and_other_figures_stay(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage)
    visitor.look(f"{STUDY}&view=search")
    quiet(visitor, f"{STUDY}&view=search")
    before = visitor.figures()
    with Ledger.open(own_storage, create=False) as ledger:
        planned = wanted("unet", 0.1, 0, "proposal 4", hyperparameters={"generator_lr": 0.0009}, proposal=4)
        place = {"method": "unet", "label_fraction": 0.1, "number": 4}
        ledger.record_proposal("demo", "search", hyperparameters=planned.trial["hyperparameters"], **place)  # type: ignore[arg-type]
        ledger.plan("demo", "search", [planned])
        settled(ledger, planned, "demo", "search", score=0.9)
        ledger.tell_proposal("demo", "search", state="completed", score=0.9, iterations=20, **place)  # type: ignore[arg-type]
    eventually(visitor, f"{STUDY}&view=search", lambda: "5 proposals" in visitor.html)
    after = visitor.figures()
    assert any(figure not in before for figure in after), "the figures of the U-Net"
    assert any(figure in before for figure in after), "those of S4MCL"


def test_a_driver_that_comes_and_goes_is_told(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage)
    visitor.look(STUDY)
    assert "Run by" not in visitor.html
    with StudyLock(own_storage / "demo"):
        eventually(visitor, STUDY, lambda: "Run by process" in visitor.html)
        assert 'class="stop" data-study="demo"' in visitor.html
    eventually(visitor, STUDY, lambda: "Run by" not in visitor.html)


def test_an_empty_folder_waits_for_its_ledger(tmp_path: Path, visit: Visit) -> None:
    visitor = visit(tmp_path)
    visitor.look("/")
    assert "holds no ledger" in visitor.problem[0]
    Ledger.open(tmp_path).close()
    eventually(visitor, "/", lambda: visitor.problem == [])
    assert "There is no study yet" in visitor.html
    make_study(tmp_path)
    eventually(visitor, "/", lambda: "demo" in visitor.html)


def test_a_study_without_trials(tmp_path: Path, visit: Visit) -> None:
    with Ledger.open(tmp_path) as ledger:
        record(ledger, made_config())
    visitor = visit(tmp_path)
    visitor.look("/")
    assert "no trials yet" in visitor.html
    for view in ("labels", "search", "curves", "trials", "comparisons", "ablation", "boundaries"):
        visitor.look(f"{STUDY}&view={view}")
        assert visitor.problem == []
        assert "demo" in visitor.html


def test_all_trials_failed_and_nan(tmp_path: Path, visit: Visit) -> None:
    with Ledger.open(tmp_path) as ledger:
        record(ledger, made_config())
        for seed in range(3):
            planned = wanted("unet", 0.1, seed)
            ledger.plan("demo", "confirm", [planned])
            attempt = ledger.claim([planned.key], "demo", "confirm", HERE)[planned.key]
            ledger.add_reports(planned.key, attempt, [{"iteration": 10, "values": {"val_score": float("nan")}}])
            ledger.finish(planned.key, attempt, state="failed", outcome="nan", iterations=10, seconds=float(seed))
    visitor = visit(tmp_path)
    visitor.look("/")
    assert "all trials failed" in visitor.html
    for view in ("labels", "curves", "trials", "comparisons"):
        visitor.look(f"{STUDY}&view={view}")
        assert visitor.problem == []
    visitor.look(f"/trial?study=demo&key={wanted('unet', 0.1, 0).key}")
    assert "failed: nan" in visitor.html


def test_an_unknown_study_and_page_are_told(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    visitor.look("/study?study=%3Cb%3Enone")
    assert "holds no study '<b>none'" in visitor.problem[0]
    visitor.look("/nothing")
    assert "/nothing is no page" in visitor.problem[0]
    visitor.look("/study")
    assert "holds no study ''" in visitor.problem[0]
    visitor.look(STUDY)
    assert visitor.problem == []


def test_a_ledger_that_goes_away_is_told_and_the_page_recovers(own_storage: Path, visit: Visit, tmp_path: Path) -> None:
    visitor = visit(own_storage)
    visitor.look(STUDY)
    quiet(visitor, STUDY)
    shown = visitor.html
    away = tmp_path / "away"
    own_storage.rename(away)
    eventually(visitor, STUDY, lambda: bool(visitor.problem))
    assert "holds no ledger" in visitor.problem[0]
    assert visitor.html == shown, "what was read before still stands"
    away.rename(own_storage)
    eventually(visitor, STUDY, lambda: not visitor.problem)
    assert visitor.html == shown


def test_another_ledger_in_its_place_is_read(own_storage: Path, visit: Visit, tmp_path: Path) -> None:
    other = make_study(tmp_path / "other", "another").parent
    visitor = visit(own_storage)
    visitor.look("/")
    for file in own_storage.glob("ledger.sqlite*"):
        file.unlink()
    shutil.copy(other / "ledger.sqlite", own_storage / "ledger.sqlite")
    eventually(visitor, "/", lambda: "study=another" in visitor.html)
    assert "study=demo" not in visitor.html


def set_version(storage: Path, version: int) -> None:
    with Ledger.open(storage, create=False) as ledger, ledger.connection(writes=True) as connection:
        connection.execute(text("UPDATE meta SET value = :v WHERE name = 'schema_version'"), {"v": str(version)})


def test_a_ledger_of_an_earlier_version_is_left_alone(own_storage: Path, visit: Visit) -> None:
    set_version(own_storage, SCHEMA_VERSION - 1)
    before = (own_storage / "ledger.sqlite").read_bytes()
    visitor = visit(own_storage)
    visitor.look("/")
    assert (
        f"is of schema version {SCHEMA_VERSION - 1}; this version of s4mcl shows {SCHEMA_VERSION}" in visitor.problem[0]
    )
    assert "s4mcl ledger check" in visitor.problem[1]
    assert (own_storage / "ledger.sqlite").read_bytes() == before


def test_a_ledger_that_is_migrated_meanwhile_is_told(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage)
    visitor.look(STUDY)
    set_version(own_storage, SCHEMA_VERSION + 1)
    eventually(visitor, STUDY, lambda: bool(visitor.problem))
    assert f"is of schema version {SCHEMA_VERSION + 1}" in visitor.problem[0]


def test_a_page_that_fails_says_so_and_the_others_go_on(
    made_storage: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = visit(made_storage)
    visitor.look(STUDY)
    broken = pl.DataFrame({"x": [1]})
    monkeypatch.setattr("s4mcl_dashboards.app.gallery.matching", lambda *_: broken.select("y"))
    visitor.look("/trial?study=demo&key=x")
    assert visitor.problem[0].startswith("This page failed: ColumnNotFoundError")
    assert visitor.look(STUDY)
    assert visitor.problem == []


def test_what_is_known_is_shown_while_a_view_is_made(
    made_storage: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s4mcl_dashboards.app.application.PATIENCE", 0.0)
    visitor = visit(made_storage)
    visitor.look_once(STUDY)
    assert "Reading the ledger" in visitor.html
    visitor.look(STUDY)
    visitor.look_once(f"{STUDY}&view=search")
    assert "This view is being made" in visitor.html
    assert "<bdi>demo</bdi>" in visitor.html
    assert visitor.title == "demo · s4mcl"
    visitor.look(f"{STUDY}&view=search")
    assert "The search" in visitor.html
