"""A study of ten thousand trials, every one through engine, judge, sampler and ledger, in virtual time."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from stub_study import engine_of, stub_config
from virtual_cluster import VirtualCluster

from s4mcl.ledger import Ledger

TRIALS = 10_000
MEMORY = Path("/dev/shm")


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """In memory where there is such a folder: how long a disk takes for a commit says nothing about the engine."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


def test_ten_thousand_trials_with_early_stopping_in_under_a_minute(quick_folder: Path) -> None:
    words = ("label_fractions=[0.2]", "search.label_fractions=[0.2]", "seeds=1", "budget.iterations=2", "test=locked")
    search = ("search.sampler=random", f"search.trials={TRIALS}", "search.early_stopping.kind=asha")
    config = stub_config(*words, *search, "budget.report_every=1", "cluster.concurrency=16")
    begun = time.process_time()
    with Ledger.open(quick_folder) as ledger:
        cluster = VirtualCluster(engine_of(config, ledger), lambda _member: 1.0)
        cluster.run()
        took = time.process_time() - begun
        states = Counter(found.state for found in ledger.proposals("demo", "search"))
        assert sum(states.values()) == TRIALS
        assert states.keys() == {"completed", "pruned"}
        assert 0.25 < states["completed"] / TRIALS < 0.42, "about a third goes on"
        assert ledger.counts("demo")["search"]["pruned"] == states["pruned"]
    assert cluster.busy / (16 * cluster.now) > 0.99, "slots stand idle"
    assert took < 60
