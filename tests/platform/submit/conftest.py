"""One Ray head for all tests of submission."""

from collections.abc import Iterator

import pytest
from ray_head import RayHead, running_head


@pytest.fixture(scope="session")
def head() -> Iterator[RayHead]:
    with running_head() as found:
        yield found
