"""A ledger of every earlier version opens, with what it holds, and then has the tables of a new one."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, inspect

from postgres_server import PostgresServer
from s4mcl.ledger import Ledger, Owner
from s4mcl.ledger.schema import SCHEMA_VERSION
from s4mcl_trainables.problems import InputError

VERSIONS = Path(__file__).parent / "versions"
OLD = range(1, SCHEMA_VERSION)


def old_ledger(storage: Path, version: int) -> Path:
    storage.mkdir()
    path = storage / "ledger.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript((VERSIONS / f"v{version}.sql").read_text(encoding="utf-8"))
    database.close()
    return path


def rows_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found = {name: [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}
    database.close()
    return found


def shape(engine: Engine) -> dict[str, Any]:
    """All that the database says of its tables, in an order that does not depend on how they were made."""
    seen = inspect(engine)

    def spelled(items: list[Any]) -> list[str]:
        return sorted(repr(plain(item)) for item in items)

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return sorted((name, plain(inner)) for name, inner in value.items())
        return value if isinstance(value, list | bool | int | None) else re.sub(r"\s+", " ", str(value))

    return {
        name: {
            "columns": spelled([{**column, "type": str(column["type"])} for column in seen.get_columns(name)]),
            "primary key": spelled([seen.get_pk_constraint(name)]),
            "foreign keys": spelled(list(seen.get_foreign_keys(name))),
            "indexes": spelled(list(seen.get_indexes(name))),
            "unique": spelled(list(seen.get_unique_constraints(name))),
            "checks": spelled(list(seen.get_check_constraints(name))),
        }
        for name in seen.get_table_names()
    }


def test_every_earlier_version_is_kept_as_a_file() -> None:
    assert [path.name for path in sorted(VERSIONS.iterdir())] == [f"v{version}.sql" for version in OLD]


@pytest.mark.parametrize("version", OLD)
def test_an_old_ledger_opens_with_all_it_held(tmp_path: Path, version: int) -> None:
    path = old_ledger(tmp_path / "old", version)
    before = rows_of(path)
    assert before["meta"] == [{"name": "schema_version", "value": str(version)}]
    with Ledger.open(tmp_path / "old", create=False) as ledger:
        assert ledger.studies() == ["demo", "half"]
        assert ledger.counts("half")["search"]["running"] == 2
        assert [proposal.state for proposal in ledger.proposals("half")].count("running") == 2
    after = rows_of(path)
    assert after.pop("meta") == [{"name": "schema_version", "value": str(SCHEMA_VERSION)}]
    assert after.pop("alembic_version") == [{"version_num": f"{SCHEMA_VERSION:04d}"}]
    del before["meta"]
    before.pop("alembic_version", None)
    for name, rows in before.items():
        kept = [{column: row[column] for column in old} for row, old in zip(after[name], rows, strict=True)]
        assert kept == rows, name
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


@pytest.mark.parametrize("version", OLD)
def test_an_old_ledger_gets_the_tables_of_a_new_one(tmp_path: Path, version: int) -> None:
    old_ledger(tmp_path / "old", version)
    with Ledger.open(tmp_path / "old") as old, Ledger.open(tmp_path / "new") as new:
        assert shape(old._engine) == shape(new._engine)
    assert {row["version_num"] for row in rows_of(tmp_path / "new/ledger.sqlite")["alembic_version"]} == {
        row["version_num"] for row in rows_of(tmp_path / "old/ledger.sqlite")["alembic_version"]
    }


ENDS = {1: ["completed"] * 6 + ["failed"], 2: ["completed"] * 3 + ["failed"] + ["pruned"] * 3 + ["released"]}
ENDS[3] = ENDS[4] = ENDS[2]


@pytest.mark.parametrize("version", OLD)
def test_each_trial_has_the_attempt_that_is_known_of_it(tmp_path: Path, version: int) -> None:
    old_ledger(tmp_path / "old", version)
    with Ledger.open(tmp_path / "old") as ledger:
        check_attempts(ledger, version)


def check_attempts(ledger: Ledger, version: int) -> None:
    """The attempts that were made from an old ledger say what its trials and reports do."""
    found = pl.concat([ledger.attempts_frame("demo"), ledger.attempts_frame("half")])
    assert sorted(found["ended"].drop_nulls()) == ENDS[version]
    assert found.filter(pl.col("ended").is_null()).height == 2
    assert found["key"].is_unique().all()
    trials = pl.concat([ledger.trials_frame(name) for name in ("demo", "half")]).unique("key")
    joined = found.join(trials, on="key")
    assert joined.height == found.height == trials.filter(pl.col("attempts") > 0).height
    assert joined["attempt"].to_list() == joined["attempts"].to_list()
    over = joined.filter(~pl.col("state").is_in(["planned", "running"]))
    assert over["ended_at"].to_list() == over["finished_at"].to_list()
    assert over["ended"].to_list() == over["state"].to_list()
    reported = found.filter(pl.col("started_at").is_not_null())
    assert reported.height > 0
    assert (reported["claimed_at"] <= reported["started_at"]).all()
    assert (found["ended_at"] >= found["claimed_at"]).drop_nulls().all()
    # Version 1 was written by an engine that was told no machine.
    devices = {1: {None}, 2: {"cpu", None}, 3: {"cpu", "cuda:0 NVIDIA H100"}}
    devices[4] = devices[3]
    assert set(found["device"]) <= devices[version]
    assert [finding.text for finding in ledger.check() if finding.family not in ("files", "claims")] == []


def in_postgresql(sqlite: str) -> str:
    """The commands of a SQLite dump in PostgreSQL's words."""
    said = sqlite.replace("DATETIME", "TIMESTAMP WITH TIME ZONE").replace("WITHOUT ROWID", "")
    said = said.replace("seed INTEGER", "seed BIGINT").replace("\tid INTEGER NOT NULL", "\tid SERIAL NOT NULL")
    return re.sub(r"^(BEGIN TRANSACTION|COMMIT);$", "", said, flags=re.MULTILINE)


@pytest.mark.parametrize("version", OLD)
def test_a_database_of_postgresql_goes_the_same_way(tmp_path: Path, postgres: PostgresServer, version: int) -> None:
    url, new_url = postgres.database(), postgres.database()
    dump = in_postgresql((VERSIONS / f"v{version}.sql").read_text(encoding="utf-8"))
    tables = re.findall(r"CREATE TABLE (?:.|\n)*?;\n", dump)
    rows = re.findall(r"^INSERT INTO .*;$", dump, flags=re.MULTILINE)
    others = re.findall(r"^CREATE (?:UNIQUE )?INDEX (?:.|\n)*?;$", dump, flags=re.MULTILINE)
    by_parent = ["studies", "trials", "meta", "planned", "reports", "proposals", "test_openings", "events"]
    by_parent += ["arms", "attempts", "requests", "memory", "alembic_version"]

    def place(command: str) -> int:
        return by_parent.index(command.split()[2].strip('"'))

    postgres.say(*sorted(tables, key=place), *sorted(rows, key=place), *others, database=url.rpartition("/")[2])
    postgres.say(f"INSERT INTO meta VALUES ('storage_id', '{'0' * 32}')", database=url.rpartition("/")[2])
    (tmp_path / "ledger.id").write_text("0" * 32)
    with Ledger.open(tmp_path, url=url) as old, Ledger.open(tmp_path / "new", url=new_url) as new:
        assert old.studies() == ["demo", "half"]
        assert old.counts("half")["search"]["running"] == 2
        assert shape(old._engine) == shape(new._engine)
        check_attempts(old, version)


def test_an_old_ledger_is_gone_on_with(tmp_path: Path) -> None:
    old_ledger(tmp_path / "old", 1)
    with Ledger.open(tmp_path / "old") as ledger:
        running = ledger.trials_frame("half").filter(state="running")["key"].to_list()
        assert len(ledger.claim(running, "half", "search", Owner.this_process())) == 2  # their leases have lapsed
        group = {"method": "stub", "label_fraction": 0.2}
        ledger.tell_proposal("half", "search", **group, number=6, state="pruned", score=0.5, intermediate={2: 0.5})
        assert ledger.proposals("half", "search", **group)[6].intermediate == {2: 0.5}
        assert ledger.proposals("half", "search", **group)[1].iterations is None
    with Ledger.open(tmp_path / "old") as again:
        assert again.proposals("half", "search", **group)[6].state == "pruned"


def test_a_migration_that_fails_leaves_the_old_ledger(tmp_path: Path) -> None:
    path = old_ledger(tmp_path / "old", 1)
    with sqlite3.connect(path) as database:  # what version 2 refuses, and version 1 did not
        database.execute("UPDATE proposals SET label_fraction = 3 WHERE number = 1")
    database.close()
    before = rows_of(path)
    with pytest.raises(
        InputError, match=r"holds what version 5 refuses(.|\n)*ck_proposals_label_fraction(.|\n)*Cure: "
    ):
        Ledger.open(tmp_path / "old")
    assert rows_of(path) == before
