import time
from pathlib import Path

import pytest
from visitor import Visit

from made_study import ablate, confirm, made_config, record, search
from postgres_server import PostgresServer, running_server
from s4mcl.ledger import Ledger
from s4mcl_dashboards.app import shelf

STUDY = "/study?study=demo"


def make(storage: Path, url: str) -> None:
    with Ledger.open(storage, url=url) as ledger:
        record(ledger, made_config())
        search(ledger, "demo", "unet", ("completed", "failed"))
        confirm(ledger, "demo")
        ablate(ledger, "demo")


def test_a_ledger_on_a_server_is_shown(tmp_path: Path, postgres: PostgresServer, visit: Visit) -> None:
    make(tmp_path, postgres.database())
    visitor = visit(tmp_path)
    visitor.look("/")
    assert "study=demo" in visitor.html
    for view in ("labels", "search", "curves", "trials"):
        visitor.look(f"{STUDY}&view={view}")
        assert visitor.problem == []
        assert "<bdi>demo</bdi>" in visitor.html


def test_a_server_that_goes_away_is_told_and_the_page_recovers(
    tmp_path: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "OVERDUE", 1.0)
    with running_server() as server:
        make(tmp_path, server.database())
        visitor = visit(tmp_path)
        visitor.look(STUDY)
        shown = visitor.html
        server.stop()
        until = time.monotonic() + 60
        while not visitor.problem:
            assert time.monotonic() < until
            visitor.look(STUDY)
            time.sleep(0.2)
        assert "demo" in shown
        assert visitor.html, "what was read before still stands"
        server.start()
        while visitor.problem:
            assert time.monotonic() < until + 60
            visitor.look(STUDY)
            time.sleep(0.2)
