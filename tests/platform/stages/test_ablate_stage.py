"""The ablate stage: when its cohorts come, what is written down, and what a restart goes on with."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from s4mcl.config import StudyConfig, compose_study
from s4mcl.ledger import Ledger
from s4mcl.stages.ablate import ablate_sources
from s4mcl.stages.cohort import Cohort, Result
from s4mcl.stages.keying import Keying
from s4mcl.stages.source import Source
from s4mcl_trainables.numerics import Profile

WORDS = ("name=demo", "data.path=nowhere", "methods=[stub]", "budget.iterations=4", "seeds=2", "cluster.concurrency=3")
PROFILE = Profile("cpu", "float32", "2.10", 1)
LEAVE = "ablate.designs.parts={kind: leave_one_out, method: stub, components: [part0, part2]}"


def config_of(*words: str) -> StudyConfig:
    return compose_study([*WORDS, *words])


def best_stub(_method: str, fraction: float) -> dict[str, Any]:
    return {"x0": 0.7, "x1": fraction}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path) as opened:
        opened.record_study("demo", {}, {"fingerprint": "d"}, {"fingerprint": "p"}, {})
        yield opened


def sources_of(
    config: StudyConfig,
    ledger: Ledger,
    best: Callable[[str, float], dict[str, Any]] = best_stub,
    ready: Callable[[str], bool] = lambda _method: True,
) -> list[Source]:
    keying = Keying(config, dataset="d", partition="p", profile=PROFILE)
    return ablate_sources(config, keying, ledger, best=best, ready=ready)


def end(source: Source, cohort: Cohort, score: float | None = 0.5) -> None:
    for member in cohort.trials:
        cohort.results[member.key] = Result(score, {}, 4)
    source.ended(cohort)


def test_nothing_comes_before_the_search_is_over(ledger: Ledger) -> None:
    over: list[str] = []
    (source,) = sources_of(config_of(LEAVE), ledger, ready=lambda method: method in over)
    assert list(source.due()) == []
    assert not source.finished
    assert source.to_come() == ["stub"] * 6  # three arms with two seeds
    assert ledger.arms_frame("demo").is_empty()
    over.append("stub")
    cohorts = list(source.due())
    assert len(cohorts) == 3
    assert source.to_come() == []
    assert list(source.due()) == []


def test_cohorts_are_scored_on_validation_alone(ledger: Ledger) -> None:
    (source,) = sources_of(config_of(LEAVE), ledger)
    cohorts = list(source.due())
    assert [(cohort.stage, cohort.test, cohort.proposal) for cohort in cohorts] == [("ablate", False, None)] * 3
    given = [cohort.trials[0].trial.hyperparameters for cohort in cohorts]
    assert [(values["x0"], values["x1"], values["x2"]) for values in given] == [
        (0.7, 0.2, 0.5),
        (0.0, 0.2, 0.5),
        (0.7, 0.2, 0.0),
    ]
    assert [[member.trial.seed for member in cohort.trials] for cohort in cohorts] == [[0, 1]] * 3
    for place, cohort in enumerate(cohorts):
        assert not source.finished
        end(source, cohort, None if place == 1 else 0.5)
    assert source.finished


def test_arms_are_written_down_with_their_cohorts(ledger: Ledger) -> None:
    (source,) = sources_of(config_of(LEAVE), ledger)
    cohorts = list(source.due())
    rows = ledger.arms_frame("demo").to_dicts()
    assert [row["name"] for row in rows] == ["base", "without part0", "without part2"]
    assert [row["cohort"] for row in rows] == [cohort.trials[0].cohort for cohort in cohorts]
    assert {(row["design"], row["kind"], row["method"], row["label_fraction"]) for row in rows} == {
        ("parts", "leave_one_out", "stub", 0.2)
    }
    assert json.loads(rows[1]["factors"]) == {"part0": "off", "part2": "on"}
    assert json.loads(rows[1]["hyperparameters"])["x0"] == 0.0


def test_the_same_configuration_is_trained_once(ledger: Ledger) -> None:
    text = "ablate.designs.f={kind: factorial, method: s4mcl, components: [unlabelled_branch, self_supervision]}"
    (source,) = sources_of(config_of(text), ledger, best=lambda _method, _fraction: {})
    assert len(list(source.due())) == 3
    assert len(ledger.arms_frame("demo")) == 4


def test_a_method_outside_the_study_starts_from_its_fixed_hyperparameters(ledger: Ledger) -> None:
    words = (
        "ablate.designs.t={kind: table, methods: [stub, cnn], label_fractions: [0.5]}",
        "hyperparameters.cnn.dropout=0.1",
    )

    def best(method: str, _fraction: float) -> dict[str, Any]:
        assert method == "stub"
        return {}

    (source,) = sources_of(config_of(*words), ledger, best=best, ready=lambda method: method == "stub")
    cohorts = list(source.due())
    assert [cohort.method for cohort in cohorts] == ["stub", "cnn"]
    assert cohorts[1].trials[0].trial.hyperparameters["dropout"] == 0.1


def test_each_design_is_a_source_and_starts_from_the_best_at_its_fraction(ledger: Ledger) -> None:
    fields = "kind: sensitivity, method: stub, parameter: x1, values: [0.9], label_fractions: [0.1, 1.0]"
    other = f"ablate.designs.curve={{{fields}}}"
    sources = sources_of(config_of(LEAVE, other), ledger)
    assert [len(list(source.due())) for source in sources] == [3, 4]
    frame = ledger.arms_frame("demo")
    named = frame.filter(frame["design"] == "curve")["name"].to_list()
    assert named == ["base at 0.1", "x1=0.9 at 0.1", "base at 1", "x1=0.9 at 1"]


PROPOSE = (
    "methods=[s4mcl]",
    "search.sampler=random",
    "ablate.designs.sets={kind: transform_sets, method: s4mcl, propose: 8, label_fractions: [0.3]}",
)


def searched(source: Source, stop_after: int = 100) -> list[Cohort]:
    ended: list[Cohort] = []
    while not source.finished and len(ended) < stop_after:
        for cohort in list(source.due()):
            if len(ended) < stop_after:
                chosen = cohort.trials[0].trial.hyperparameters["transforms"]
                end(source, cohort, 0.1 * len(chosen))
                ended.append(cohort)
    return ended


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_proposed_sets_differ_in_the_set_alone(ledger: Ledger, sampler: str) -> None:
    config = config_of(*PROPOSE, f"search.sampler={sampler}")
    (source,) = sources_of(config, ledger, best=lambda _method, _fraction: {"alpha": 0.4})
    assert source.to_come() == ["s4mcl"] * 16
    cohorts = searched(source)
    assert source.finished
    assert source.to_come() == []
    assert [cohort.proposal for cohort in cohorts] == list(range(8))
    assert {cohort.stage for cohort in cohorts} == {"ablate"}
    given = [dict(cohort.trials[0].trial.hyperparameters) for cohort in cohorts]
    assert given[0]["transforms"] == ["identity", "hflip", "vflip", "rot90", "rot180", "rot270"]
    assert all({**values, "transforms": []} == {**given[0], "transforms": []} for values in given)
    assert given[0]["alpha"] == 0.4
    told = ledger.proposals("demo", "ablate/sets")
    assert [(found.number, found.state, found.score) for found in told] == [
        (number, "completed", pytest.approx(0.1 * len(values["transforms"]))) for number, values in enumerate(given)
    ]
    arms = ledger.arms_frame("demo").to_dicts()
    assert arms[0]["name"] == "base"
    assert len(arms) == len({tuple(values["transforms"]) for values in given})
    assert {row["cohort"] for row in arms} == {cohort.trials[0].cohort for cohort in cohorts}


def test_a_search_over_sets_goes_on_after_a_restart_with_the_same_proposals(ledger: Ledger, tmp_path: Path) -> None:
    config = config_of(*PROPOSE, "search.sampler=tpe", "cluster.concurrency=1")
    with Ledger.open(tmp_path / "whole") as other:
        other.record_study("demo", {}, {"fingerprint": "d"}, {"fingerprint": "p"}, {})
        (undisturbed,) = sources_of(config, other, best=lambda _method, _fraction: {})
        expected = [dict(cohort.trials[0].trial.hyperparameters) for cohort in searched(undisturbed)]
    (first,) = sources_of(config, ledger, best=lambda _method, _fraction: {})
    begun = searched(first, stop_after=3)
    list(first.due())  # a fourth is asked, and its end is not seen
    (second,) = sources_of(config, ledger, best=lambda _method, _fraction: {})
    rest = searched(second)
    assert [cohort.proposal for cohort in rest] == [3, 4, 5, 6, 7]
    found = [dict(cohort.trials[0].trial.hyperparameters) for cohort in [*begun, *rest]]
    assert found == expected


def test_a_base_without_use_for_transforms_is_trained_alone(ledger: Ledger) -> None:
    (source,) = sources_of(config_of(*PROPOSE), ledger, best=lambda _method, _fraction: {"alpha": 0.0})
    cohorts = searched(source)
    assert source.finished
    assert [cohort.proposal for cohort in cohorts] == [0]
