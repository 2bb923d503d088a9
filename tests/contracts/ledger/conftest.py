"""The backends that the contract of the ledger runs over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from s4mcl.ledger import Ledger


@pytest.fixture(params=["sqlite"])
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Ledger]:
    """Opens the same ledger at every call; a further backend is a further parameter."""
    return lambda: Ledger.open(tmp_path / "storage")


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Any:
    with open_ledger() as opened:
        for study in ("first", "second"):
            opened.record_study(study, {"name": study}, {"fingerprint": "data"}, {"fingerprint": "part"}, {})
        yield opened
