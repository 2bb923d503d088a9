"""A disk that fills up under the ledger itself: the study waits, and goes on from what the ledger holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from stub_study import Workers, engine_of, proposals_of, results_of, stub_config

from s4mcl.execution import study_run
from s4mcl.execution.room import LEAST, Room
from s4mcl.ledger import DiskFullError, Ledger


class FullLedger(Ledger):
    """A ledger whose disk is full at one commit, and until somebody makes room."""

    commits_left: int | None = None
    full = False

    @contextmanager
    def _begin(self, kind: Any, *, writes: bool) -> Iterator[Connection]:
        with super()._begin(kind, writes=writes) as connection:
            yield connection
            if writes and self.commits_left is not None:
                self.commits_left -= 1
                self.full = self.full or self.commits_left < 0
            if writes and self.full:
                raise DiskFullError("ledger.sqlite could not be written: the disk is full.\nCure: make room")


@pytest.mark.parametrize("commits", range(0, 24, 3))
def test_the_same_study_comes_out_when_the_ledger_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    config = stub_config("search.early_stopping.kind=asha", "budget.report_every=1")
    with Ledger.open(tmp_path / "whole") as ledger:
        Workers(engine_of(config, ledger)).run()
        expected = proposals_of(ledger), results_of(ledger)
    with FullLedger.open(tmp_path / "full") as ledger:

        def free(_folder: Path) -> int:
            """Somebody makes room as soon as it is asked for a second time."""
            found, ledger.full, ledger.commits_left = LEAST * (2 if looks else 0), False, None
            looks.append(1)
            return found

        looks: list[int] = []
        engine = engine_of(config, ledger, room=Room(tmp_path, free))
        engine.provenance = {"command": "s4mcl run", "commit": "none"}
        ledger.commits_left = commits
        monkeypatch.setattr(study_run, "run_tuner", lambda _config, given, _step: Workers(given).run())
        engine = study_run._train(engine)
        assert engine.stop_reason is None
        assert engine.finished
        assert looks, "the disk was never full"
        assert (proposals_of(ledger), results_of(ledger)) == expected
        assert ledger.counts("demo")["search"]["running"] == 0


def test_sqlite_says_so_itself(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.record_study("first", {}, {}, {}, {})
        with ledger.connection() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskFullError, match=r"the disk is full .*\nCure: make room"):
            ledger.record_study("long", {"text": "x" * 500_000}, {}, {}, {})
        assert ledger.studies() == ["first"]
