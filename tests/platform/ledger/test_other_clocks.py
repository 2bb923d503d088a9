"""Machines whose clocks differ: a moment of one is never compared with a moment of another."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from postgres_server import PostgresServer
from s4mcl.ledger import Ledger, Owner, PlannedTrial, Worker, dialect

ROOT = Path(__file__).parents[3]
KEY = f"{1:064x}"
DRIVERS = [Owner("machine-a", 7, "then"), Owner("machine-b", 8, "then")]
# Whoever else needs a span of time takes time.monotonic; a moment, the ledger's clock.
MOMENTS = ("datetime.now", "datetime.utcnow", "datetime.datetime.now", "date.today", "time.time", "time.time_ns")
ASK_THE_TIME = {
    "platform/s4mcl/ledger/dialect.py",  # SQLite's, which is this machine's; PostgreSQL's is the server's
    "platform/s4mcl/execution/lock.py",  # shown to a person
    "platform/s4mcl/clean/trial_folder.py",  # where the file system does not tell its own
}


def ahead(hours: int) -> type[datetime]:
    class Ahead(datetime):
        """The clock of a machine that is off."""

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(hours=hours)

    return Ahead


@pytest.mark.parametrize("hours", [-1, 1])
def test_leases_and_moments_are_the_servers(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Two drivers share a ledger; the second one's clock is an hour off."""
    url = postgres.database()
    first, second = DRIVERS
    with Ledger.open(tmp_path / "a", url=url) as ledger, Ledger.open(tmp_path / "b", url=url) as other:
        ledger.record_study("demo", {}, {}, {}, {})
        ledger.plan("demo", "search", [PlannedTrial(KEY, "c", {"method": "stub", "label_fraction": 1, "seed": 0})])
        assert ledger.claim([KEY], "demo", "search", first, lease_seconds=60) == {KEY: 1}
        monkeypatch.setattr(dialect, "datetime", ahead(hours))
        assert other.claim([KEY], "demo", "search", second) == {}
        assert ledger.renew(first, lease_seconds=0) == 1
        assert other.claim([KEY], "demo", "search", second, lease_seconds=60) == {KEY: 2}
        other.heard({KEY: 2}, Worker("node", "9", "cpu"), 0.5)
        monkeypatch.undo()
        assert ledger.claim([KEY], "demo", "search", first) == {}
        attempts = ledger.attempts_frame("demo")
    assert attempts["claimed_at"].is_sorted()
    assert (attempts["started_at"] >= attempts["claimed_at"]).drop_nulls().to_list() == [True]
    spread = attempts["claimed_at"].max() - attempts["claimed_at"].min()  # type: ignore[operator]
    assert spread < timedelta(minutes=1)  # type: ignore[operator]


def test_nobody_else_asks_for_the_time_of_day() -> None:
    asking = set()
    for path in [*(ROOT / "platform").rglob("*.py"), *(ROOT / "trainables").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in MOMENTS:
                asking.add(str(path.relative_to(ROOT)))
    assert asking == ASK_THE_TIME
