"""Several studies on one ledger, interleaved at random: drivers that die, workers that move, disks that fill up."""

import random
from functools import cache
from typing import Any

import polars as pl
import pytest
from disturbed_driver import CALM, Disturbance, Driver, finish, fresh_ledger
from hypothesis import given, settings
from hypothesis import strategies as st
from stub_study import stub_config

from s4mcl.config import StudyConfig
from s4mcl.ledger import Ledger, Owner

FAILING = "space.stub.fail_at={kind:categorical,choices:[0,2,5,7]}"
SMALL = ("label_fractions=[0.2]", "seeds=2", "search.trials=7", "budget.iterations=9", "budget.report_every=1")
STOPPING = "search.early_stopping.kind"
STUDIES: dict[str, tuple[str, ...]] = {
    "none": (),
    "asha": (f"{STOPPING}=asha", "search.seeds=2"),
    "median": (f"{STOPPING}=median", "search.early_stopping.samples=2", "search.seeds=2"),
    "seeds": (f"{STOPPING}=seeds", "search.early_stopping.samples=2", "search.seeds=3"),
    "loose": (f"{STOPPING}=asha", "search.deterministic=false"),
    "bounded": (f"{STOPPING}=asha", "search.max_iterations=60", "search.seeds=2"),
    "packed": ("cluster.trials_per_pack=3", "search.seeds=2"),
    "packed_seeds": ("cluster.trials_per_pack=2", f"{STOPPING}=seeds", "search.early_stopping.samples=2"),
}
TWINS = [f"~space.stub.x{number}" for number in range(2, 6)]  # so few values that proposals and studies share trials
TWINS += [f"space.stub.x{number}={{kind:categorical,choices:[0.2,0.6]}}" for number in range(2)]

Words = tuple[str, ...]
DEAD_PIDS: set[int] = set()


@pytest.fixture(autouse=True)
def _alive_until_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Owner, "is_dead", lambda self: self.pid in DEAD_PIDS)


@cache
def config_of(name: str, words: Words) -> StudyConfig:
    return stub_config(*SMALL, *TWINS, FAILING, f"name={name}", "search.sampler=random", *words)


def ends(opened: Ledger, name: str) -> list[tuple[Any, ...]]:
    return [
        (p.number, p.hyperparameters, p.state, p.score, p.intermediate, p.iterations)
        for p in opened.proposals(name, "search")
    ]


@cache
def alone(name: str, words: Words) -> list[tuple[Any, ...]]:
    with fresh_ledger() as opened:
        finish([Driver(config_of(name, words), opened, 10**6, DEAD_PIDS)], random.Random(0), CALM)
        return ends(opened, name)


def run_together(studies: dict[str, Words], seed: int, how: Disturbance) -> None:
    """Run studies on one ledger under trouble, and verify all that must hold of what comes out."""
    draws = random.Random(seed)
    DEAD_PIDS.clear()
    undisturbed = {name: alone(name, words) for name, words in studies.items()}
    with fresh_ledger() as opened:
        drivers = [
            Driver(config_of(name, words), opened, 10**6 + 10**5 * place, DEAD_PIDS)
            for place, (name, words) in enumerate(studies.items())
        ]
        finish(drivers, draws, how)
        for driver in drivers:
            strict = "search.deterministic=false" not in studies[driver.name] and not how.stop_trial
            if strict:
                assert ends(opened, driver.name) == undisturbed[driver.name]
            check_study(opened, driver)
        check_trained_once(drivers)
        assert [finding for finding in opened.check() if finding.family != "files"] == []


def check_study(opened: Ledger, driver: Driver) -> None:
    """Everything has ended, in one of the ways that there are; confirm has all its trials."""
    name = driver.name
    assert {end[2] for end in ends(opened, name)} <= {"completed", "pruned", "failed"}
    for stage, counts in opened.counts(name).items():
        assert counts["planned"] == counts["running"] == 0, (name, stage, counts)
    trials = opened.trials_frame(name)
    assert not trials.select("stage", "key").is_duplicated().any()
    confirmed = trials.filter(stage="confirm")
    assert confirmed.height == len(driver.config.seeds)
    assert confirmed["test_dice"].null_count() == confirmed.filter(state="failed").height
    completed = trials.filter(state="completed").unique("key")
    reports = opened.reports_frame(name)
    per_trial = reports.group_by("key").agg(pl.col("iteration"))
    told = dict(per_trial.iter_rows())
    budget = driver.config.budget
    for key in completed["key"]:
        assert told[key] == list(range(budget.report_every, budget.iterations + 1, budget.report_every)), key
    for iterations in told.values():
        assert iterations == sorted(set(iterations))
        assert iterations == list(range(budget.report_every, iterations[-1] + 1, budget.report_every))


def check_trained_once(drivers: list[Driver]) -> None:
    """No trial was completed twice, by whichever study."""
    count: dict[str, int] = {}
    for driver in drivers:
        for key, times in driver.trained.items():
            count[key] = count.get(key, 0) + times
    assert {key: times for key, times in count.items() if times > 1} == {}


@pytest.mark.parametrize(
    ("names", "seed", "trouble", "kills"),
    [
        (["asha", "none"], 1, 0.1, 0.03),
        (["bounded", "asha"], 2, 0.1, 0.03),
        (["median", "none"], 3, 0.2, 0.05),
        (["seeds", "loose"], 4, 0.1, 0.05),
    ],
)
def test_each_study_comes_out_as_if_it_were_alone(names: list[str], seed: int, trouble: float, kills: float) -> None:
    run_together({name: STUDIES[name] for name in names}, seed, Disturbance(trouble, kills))


@st.composite
def studies(draw: st.DrawFn) -> Words:
    """Any study of the stub: a kind of early stopping, seeds, size, concurrency."""
    kind = draw(st.sampled_from(["none", "asha", "median", "seeds"]))
    words = [f"{STOPPING}={kind}"]
    if kind in ("median", "seeds"):
        words.append(f"search.early_stopping.samples={draw(st.integers(1, 3))}")
    least = 2 if kind == "seeds" else 1
    words += [
        f"search.seeds={draw(st.integers(least, 3))}",
        f"seeds={draw(st.integers(1, 3))}",
        f"search.trials={draw(st.integers(1, 7))}",
        f"cluster.concurrency={draw(st.integers(1, 4))}",
        f"search.sampler={draw(st.sampled_from(['random', 'qmc']))}",
    ]
    if draw(st.booleans()):
        words += ["budget.report_every=3"]
    return tuple(words)


RATES = st.sampled_from([0.0, 0.02, 0.05, 0.1])
RARELY = st.sampled_from([0.0, 0.01, 0.03])


@settings(max_examples=12, derandomize=True)
@given(
    words=st.lists(studies(), min_size=1, max_size=2),
    seed=st.integers(0, 2**16),
    how=st.builds(Disturbance, trouble=RATES, kills=RARELY, stop_study=RARELY, stop_trial=RARELY),
)
def test_any_studies_under_any_trouble_keep_what_is_promised(words: list[Words], seed: int, how: Disturbance) -> None:
    run_together({f"study{place}": each for place, each in enumerate(words)}, seed, how)
