"""What all tests share: one thread, a Hypothesis profile, a small dataset."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from postgres_server import PostgresServer, running_server
from shapes_dataset import write_shapes

# Ray looks at it once, when it is imported, and a test module may import it early.
os.environ.setdefault("RAY_AUTH_MODE", "token")

# A busy machine makes a single example slow; that says nothing about the code.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--torch-threads", type=int, default=1, help="threads of torch's operations (default 1)")


def pytest_configure(config: pytest.Config) -> None:
    threads = int(config.getoption("--torch-threads"))
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)  # torch reads them on import
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared dataset of 48 discs and bars, 32x32, all with labels and masks. Read only."""
    return write_shapes(tmp_path_factory.mktemp("shapes") / "dataset")


@pytest.fixture(scope="session")
def partial_shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same where 8 of the 48 images lack a class, and 8 others a mask. Read only."""
    return write_shapes(tmp_path_factory.mktemp("shapes") / "partial", partial=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own."""
    with running_server() as server:
        yield server
