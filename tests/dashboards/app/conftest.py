"""Apps over storages that were made by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from visitor import Visit, Visitor

from made_study import make_study
from s4mcl_dashboards.app.application import make_server
from s4mcl_dashboards.app.gallery import Gallery
from s4mcl_dashboards.app.guard import Guard
from s4mcl_dashboards.app.hosts import Hosts
from s4mcl_dashboards.app.kept_figures import KeptFigures
from s4mcl_dashboards.app.library import Library


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Starts an app over a storage, and visits it; `host` is what it listens on, `named` what it is called."""
    galleries = []

    def visited(storage: Path, host: str = "127.0.0.1", token: str | None = None, named: str = "") -> Visitor:
        gallery = Gallery(Library(storage), KeptFigures())
        galleries.append(gallery)
        server = make_server(gallery, Guard(Hosts(host), token, 8050))
        return Visitor(server, named or f"{host}:8050")

    yield visited
    for gallery in galleries:
        gallery.close()


@pytest.fixture(scope="session")
def made_storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with the study "demo". Read only."""
    return make_study(tmp_path_factory.mktemp("made") / "storage").parent


@pytest.fixture
def own_storage(tmp_path: Path) -> Path:
    """A storage with the study "demo" that a test may change."""
    return make_study(tmp_path / "storage").parent
