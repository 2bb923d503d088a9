"""The backends that the contract of the ledger runs over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planned_trials import Storage

from s4mcl.ledger import Ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A new storage; a further backend is a further parameter."""
    url = request.getfixturevalue("postgres").database() if request.param == "postgresql" else None
    return Storage(tmp_path / "storage", url)


@pytest.fixture
def open_ledger(storage: Storage) -> Callable[[], Ledger]:
    """Opens the same ledger at every call."""
    return storage.open


@pytest.fixture
def ledger(storage: Storage) -> Any:
    with storage.open() as opened:
        for study in ("first", "second"):
            opened.record_study(study, {"name": study}, {"fingerprint": "data"}, {"fingerprint": "part"}, {})
        yield opened
