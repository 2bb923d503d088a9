"""The file of a SQLite ledger: how it is kept, and files that are none."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from s4mcl.ledger import Ledger, Owner, PlannedTrial, sqlite
from s4mcl.ledger.schema import SCHEMA_VERSION
from s4mcl_trainables.problems import InputError


def make_ledger(storage: Path) -> Path:
    with Ledger.open(storage) as ledger:
        ledger.record_study("demo", {}, {}, {}, {})
        trials = [
            PlannedTrial(f"{n:064x}", "c", {"method": "stub", "label_fraction": 1, "seed": n}) for n in range(200)
        ]
        ledger.plan("demo", "search", trials)
    return storage / "ledger.sqlite"


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everywhere: be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that every user can reach."""
    for folder in [tmp_path, *tmp_path.parents][:-1]:
        if folder.stat().st_uid == os.geteuid() and folder.name.startswith(("pytest-", "popen-", "test_")):
            folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path


def test_commits_are_on_the_disk_and_keys_are_checked(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}


def test_a_closed_ledger_is_one_file_that_may_be_moved(tmp_path: Path) -> None:
    make_ledger(tmp_path / "before")
    assert [path.name for path in (tmp_path / "before").iterdir()] == ["ledger.sqlite"]
    (tmp_path / "before").rename(tmp_path / "after")
    with Ledger.open(tmp_path / "after", create=False) as ledger:
        assert ledger.counts("demo")["search"]["planned"] == 200
    assert str(tmp_path).encode() not in (tmp_path / "after/ledger.sqlite").read_bytes()


@pytest.mark.parametrize("name", ["a?b=c&d", "100%20 #1", "file:x", "it's ümlaut", "{a:b}"])
def test_a_storage_path_is_taken_literally(tmp_path: Path, name: str) -> None:
    make_ledger(tmp_path / name)
    assert (tmp_path / name / "ledger.sqlite").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_schema_refuses_what_cannot_be(tmp_path: Path) -> None:
    path = make_ledger(tmp_path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA foreign_keys = ON")
    for change in (
        "UPDATE trials SET state = 'odd'",
        "UPDATE trials SET state = 'running', attempt = 1",
        "UPDATE trials SET state = 'completed', attempt = 1, finished_at = '2026-01-01', outcome = 'completed'",
        "UPDATE trials SET label_fraction = 0",
        "UPDATE trials SET key = 'short'",
        "INSERT INTO planned (study, stage, trial_id, at) VALUES ('nobody', 'search', 1, '2026-01-01')",
        "INSERT INTO reports (trial_id, iteration, attempt, measurements, at) VALUES (999, 1, 1, '{}', '2026-01-01')",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(change)
    database.close()


def test_without_a_ledger_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no ledger: there is no ledger\.sqlite"):
        Ledger.open(tmp_path / "none", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"key,stage\n1,2\n", b"SQLite", b"SQLite format 3\x00" + b"\xff" * 5000])
@pytest.mark.parametrize("create", [True, False])
def test_another_file_is_refused_and_left_alone(tmp_path: Path, content: bytes, create: bool) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"ledger\.sqlite is .*\nCure: "):
        Ledger.open(tmp_path, create=create)
    assert path.read_bytes() == content


def test_another_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE holidays (day TEXT)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"with the tables holidays(.|\n)*Cure: "):
        Ledger.open(tmp_path)
    with pytest.raises(InputError, match="no schema version"):
        Ledger.open(tmp_path, create=False)
    assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == [("holidays",)]
    assert len(before) == path.stat().st_size


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_truncated_ledger_is_named_with_a_cure(tmp_path: Path, share: float) -> None:
    path = make_ledger(tmp_path)
    os.truncate(path, int(path.stat().st_size * share))
    before = path.read_bytes()
    for create in (True, False):
        with pytest.raises(InputError, match=r"ledger\.sqlite (.|\n)*truncated(.|\n)*Cure: put back a copy"):
            Ledger.open(tmp_path, create=create)
    assert path.read_bytes() == before


def test_a_garbled_version_is_named_with_a_cure(tmp_path: Path) -> None:
    path = make_ledger(tmp_path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE meta SET value = '3a' WHERE name = 'schema_version'")
    with pytest.raises(InputError, match=r"gives '3a' as its schema version(.|\n)*Cure: put back a copy"):
        Ledger.open(tmp_path)


def test_a_newer_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = make_ledger(tmp_path)
    database = sqlite3.connect(path)
    database.execute("UPDATE meta SET value = '7' WHERE name = 'schema_version'")
    database.commit()
    database.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"schema version 7; .* knows {SCHEMA_VERSION}\.\nCure: install"):
        Ledger.open(tmp_path)
    assert path.read_bytes() == before


def test_a_locked_ledger_is_waited_for_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_ledger(tmp_path)
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    with Ledger.open(tmp_path) as ledger:
        assert ledger.studies() == ["demo"]
        with pytest.raises(InputError, match=r"was locked by another process(.|\n)*Cure: "):
            ledger.record_study("demo", {}, {}, {}, {})
        holder.rollback()
        ledger.record_study("demo", {}, {}, {}, {})
    holder.close()


def test_a_storage_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "studies").write_text("x")
    for create in (True, False):
        with pytest.raises(InputError, match=r"studies(.|\n)*Cure: "):
            Ledger.open(tmp_path / "studies", create=create)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(InputError, match="is not a file"):
        Ledger.open(tmp_path)


def test_a_read_only_folder_is_refused(open_folder: Path) -> None:
    path = make_ledger(open_folder)
    open_folder.chmod(0o555)
    path.chmod(0o444)
    before = path.read_bytes()
    try:
        with unprivileged():
            with pytest.raises(InputError, match=r"cannot be opened: Permission denied(.|\n)*Cure: "):
                Ledger.open(open_folder / "below")
            for create in (True, False):
                with pytest.raises(InputError, match=r"cannot be opened for writing(.|\n)*Cure: "):
                    Ledger.open(open_folder, create=create)
    finally:
        open_folder.chmod(0o755)
    assert path.read_bytes() == before


def test_a_full_disk_undoes_the_step_and_is_named(tmp_path: Path) -> None:
    make_ledger(tmp_path)
    with Ledger.open(tmp_path) as ledger:
        with ledger._engine.connect() as connection:  # the pool gives this connection back to the next call
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        text = "x" * 1_000_000
        with pytest.raises(InputError, match=r"the disk is full(.|\n)*Cure: make room"):
            ledger.record_study("large", {"text": text}, {}, {}, {})
        assert ledger.studies() == ["demo"]
        with ledger._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        ledger.record_study("large", {"text": text}, {}, {}, {})
        assert ledger.studies() == ["demo", "large"]


def test_a_copy_is_a_ledger_of_its_own(tmp_path: Path) -> None:
    make_ledger(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    key = f"{0:064x}"
    with Ledger.open(tmp_path / "one") as one, Ledger.open(tmp_path / "two") as two:
        me = Owner.this_process()
        assert one.claim([key], "demo", "search", me) == two.claim([key], "demo", "search", me) == {key: 1}
