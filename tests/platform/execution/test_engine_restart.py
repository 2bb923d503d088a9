"""A driver that dies at any commit leaves a ledger from which the next one goes on, to the same study."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from stub_study import DEAD, Killed, MortalLedger, Workers, engine_of, proposals_of, results_of, stub_config

from s4mcl.config import StudyConfig
from s4mcl.ledger import Ledger


@cache
def config() -> StudyConfig:
    return stub_config("search.trials=4", "label_fractions=[0.2]")


@cache
def undisturbed() -> tuple[list[tuple[Any, ...]], list[dict[str, Any]]]:
    with storage() as folder, Ledger.open(folder) as ledger:
        Workers(engine_of(config(), ledger)).run()
        return proposals_of(ledger), results_of(ledger)


@contextmanager
def storage() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@settings(max_examples=15)
@given(deaths=st.lists(st.integers(2, 40), min_size=1, max_size=3), order=st.integers(0, 99))
def test_a_killed_driver_is_gone_on_from(deaths: list[int], order: int) -> None:
    completed: list[str] = []
    with storage() as folder:
        for lives in [*deaths, None]:
            with MortalLedger.open(folder) as ledger:
                ledger.lives = lives
                try:
                    workers = Workers(engine_of(config(), ledger, owner=DEAD), seed=order)
                    workers.run()
                except Killed:
                    pass
                ledger.lives = None
                stands = ledger.trials_frame("demo")
                ended = stands.filter(state="completed")["key"].unique().to_list() if stands.height else []
                begun_again = [each.key for each in workers.begun if each.key in completed and not each.trained]
                assert begun_again == [], "a completed trial is never trained again"
                completed = ended
        with Ledger.open(folder) as ledger:
            assert (proposals_of(ledger), results_of(ledger)) == undisturbed()
            counts = ledger.counts("demo")
            assert sum(stage["planned"] + stage["running"] for stage in counts.values()) == 0


@settings(max_examples=8)
@given(stops=st.lists(st.integers(0, 5), min_size=1, max_size=3), order=st.integers(0, 99))
def test_an_interrupted_driver_is_gone_on_from(stops: list[int], order: int) -> None:
    trained: list[str] = []
    with storage() as folder, Ledger.open(folder) as ledger:
        for stop in stops:
            workers = Workers(engine_of(config(), ledger), seed=order)
            workers.run(at_most=stop)
            workers.fill()
            workers.engine.interrupt()
            workers.engine.release_all()
            trained += workers.trained
        workers = Workers(engine_of(config(), ledger), seed=order)
        workers.run()
        trained += workers.trained
        assert (proposals_of(ledger), results_of(ledger)) == undisturbed()
        assert len(trained) == len(set(trained))
