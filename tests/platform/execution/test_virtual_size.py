"""A study of thousands of trials, every one through engine, judge, sampler and ledger, in virtual time.

What a trial costs the driver is counted in statements of SQL, and must not grow with the trials before it: seconds say
more of the machine (docs/results/scheduling-2026-11-24.md has them for ten thousand).
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine as SQLEngine
from stub_study import engine_of, stub_config
from virtual_cluster import VirtualCluster

from s4mcl.ledger import Ledger

TRIALS = 4_000
PORTION = 1_500  # reports, of about 5,300
STATEMENTS = 24.0  # a trial, pruned ones with their two attempts included
MEMORY = Path("/dev/shm")


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """In memory where there is such a folder: how long a disk takes for a commit says nothing about the engine."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """All SQL that is executed meanwhile."""
    told: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        told.append(statement)

    event.listen(SQLEngine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(SQLEngine, "before_cursor_execute", note)


def test_a_trial_costs_the_driver_as_much_at_the_end_as_at_the_beginning(quick_folder: Path) -> None:
    words = ("label_fractions=[0.2]", "search.label_fractions=[0.2]", "seeds=1", "budget.iterations=2", "test=locked")
    search = ("search.sampler=random", f"search.trials={TRIALS}", "search.early_stopping.kind=asha")
    config = stub_config(*words, *search, "budget.report_every=1", "cluster.concurrency=16")
    with Ledger.open(quick_folder) as ledger, counted_statements() as statements:
        cluster = VirtualCluster(engine_of(config, ledger), lambda _member: 1.0)

        def seconds() -> float:
            begun = time.process_time()
            cluster.run(PORTION)
            return time.process_time() - begun

        cluster.run(500)  # libraries are imported, statements compiled
        first = seconds()
        cluster.run(PORTION)
        last = seconds()
        cluster.run()
        executed = len(statements)
        states = Counter(found.state for found in ledger.proposals("demo", "search"))
        assert sum(states.values()) == TRIALS
        assert states.keys() == {"completed", "pruned"}
        assert 0.25 < states["completed"] / TRIALS < 0.42, "about a third goes on"
        assert ledger.counts("demo")["search"]["pruned"] == states["pruned"]
    assert cluster.busy / (16 * cluster.now) > 0.99, "slots stand idle"
    assert executed / TRIALS < STATEMENTS
    assert last < 1.5 * first
