"""Studies that several formats are written of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from made_study import make_study


@pytest.fixture(scope="session")
def made_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A storage with the studies demo and locked (its test labels were not read). Nothing may be left behind in it."""
    storage = tmp_path_factory.mktemp("formats") / "studies"
    for name in ("demo", "locked"):
        make_study(storage, name, *(["test=locked"] if name == "locked" else []))
    before = {path.name for path in storage.iterdir()}
    yield storage
    left = {path.name for path in storage.iterdir()} - before
    assert not [name for name in left if name.startswith(".")]
