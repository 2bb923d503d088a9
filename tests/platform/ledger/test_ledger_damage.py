"""`check` on a SQLite file that was damaged, or written around the rules of its schema; and on an old ledger."""

import re
import sqlite3
from pathlib import Path

import pytest
from test_ledger_migrations import OLD, old_ledger

from s4mcl.ledger import Ledger, Owner, PlannedTrial


def make_ledger(storage: Path) -> Path:
    with Ledger.open(storage) as ledger:
        ledger.record_study("demo", {}, {}, {}, {})
        trials = [{"method": "stub", "label_fraction": 0.5, "seed": number, "text": "x" * 500} for number in range(200)]
        ledger.plan("demo", "search", [PlannedTrial(f"{n:064x}", "c", trial) for n, trial in enumerate(trials)])
        assert ledger.check() == []
    return storage / "ledger.sqlite"


def told(storage: Path) -> list[str]:
    with Ledger.open(storage, create=False) as ledger:
        return [f"{finding.family}: {finding.text}" for finding in ledger.check()]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("UPDATE trials SET attempt = -1 WHERE id = 3", r"1 rows of trials break the rule ck_trials_attempt_claimed: "),
        ("UPDATE trials SET state = 'odd' WHERE id < 3", r"2 rows of trials break the rule ck_trials_state_known: "),
        ("DELETE FROM trials WHERE id = 3", r"1 rows of planned name what is not in trials"),
        ("UPDATE planned SET study = 'none' WHERE id = 3", r"1 rows of planned name what is not in studies"),
    ],
)
def test_rows_that_break_a_rule_are_counted(tmp_path: Path, command: str, message: str) -> None:
    with sqlite3.connect(make_ledger(tmp_path)) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.execute(command)
    database.close()
    found = told(tmp_path)
    assert any(re.match(f"database: {message}", line) for line in found), found


def test_a_damaged_page_is_told(tmp_path: Path) -> None:
    path = make_ledger(tmp_path)
    database = sqlite3.connect(path)
    size = database.execute("PRAGMA page_size").fetchone()[0]
    root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_trials_same_config'").fetchone()[0]
    database.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size + size // 2)
        file.write(b"\x02" * (size // 4))
    found = told(tmp_path)
    assert found
    assert all(text.startswith("database: SQLite's integrity check says: ") for text in found), found


@pytest.mark.parametrize("version", OLD)
def test_an_old_ledger_is_sound_once_its_driver_is_gone(tmp_path: Path, version: int) -> None:
    path = old_ledger(tmp_path / "old", version)
    with sqlite3.connect(path) as database:
        folders = database.execute("SELECT artifacts FROM trials WHERE artifacts IS NOT NULL").fetchall()
        files = database.execute("SELECT predictions FROM trials WHERE predictions IS NOT NULL").fetchall()
    database.close()
    for (folder,) in folders:
        (tmp_path / "old" / folder).mkdir(parents=True)
    for (file,) in files:
        (tmp_path / "old" / file).touch()
    assert [text.partition(", which")[0] for text in told(tmp_path / "old")] == [
        "claims: study half: 2 trials run for the driver 77 on node-2"
    ]
    with Ledger.open(tmp_path / "old") as ledger:
        ledger.renew(Owner("node-2", 77, "start-2"))
        assert ledger.check() == []
