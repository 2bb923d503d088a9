"""`s4mcl ledger check`: its words and its exit status."""

import sqlite3
import sys
from pathlib import Path

import pytest

from s4mcl.cli.app import run_app
from s4mcl.ledger import Ledger, PlannedTrial


def run_check(storage: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["s4mcl", "ledger", "check", str(storage)])
    with pytest.raises(SystemExit) as ended:
        run_app()
    return int(ended.value.code or 0)


def test_a_sound_ledger_ends_with_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Ledger.open(tmp_path).close()
    assert run_check(tmp_path, monkeypatch) == 0
    assert capsys.readouterr().out == f"{tmp_path}/ledger.sqlite: sound, 0 studies\n"


def test_what_is_wrong_is_said_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.record_study("demo", {}, {}, {}, {})
        ledger.plan("demo", "search", [PlannedTrial("0" * 64, "c", {"method": "a", "label_fraction": 1, "seed": 0})])
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.execute("UPDATE trials SET seed = 4")
    database.close()
    assert run_check(tmp_path, monkeypatch) == 1
    said = capsys.readouterr()
    assert said.out == f"trials: trial {'0' * 64}: column seed says 4, its document 0\n"
    assert said.err == f"{tmp_path}/ledger.sqlite: something is wrong, see above\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "holds no ledger: there is no ledger.sqlite in it"), (b"x", "is not a ledger"), (b"SQLite f", "cut short")],
)
def test_what_is_no_ledger_ends_with_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    message: str,
) -> None:
    if content is not None:
        (tmp_path / "ledger.sqlite").write_bytes(content)
    assert run_check(tmp_path, monkeypatch) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 2)
    assert message in said.err
