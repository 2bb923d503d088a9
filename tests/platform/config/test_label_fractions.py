"""Label fractions of a study: numbers, and of each task its own."""

import json

import pytest

from s4mcl.config import StudyConfig, compose_study
from s4mcl.config.resolved import from_yaml, to_plain, to_yaml
from s4mcl.designs.registry import read_designs
from s4mcl.execution.extension import compared
from s4mcl.stages.keying import Keying
from s4mcl.stages.method_fractions import method_fractions
from s4mcl_trainables.label_fraction import TaskFractions
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.problems import InputError

BASE = ("name=demo", "data.path=images", "methods=[unet,cnn,s4mcl]")
MIXED = "label_fractions=[0.1,{classification:0.5,segmentation:0.05},{classification:0.2,segmentation:0.2}]"


def config(*words: str) -> StudyConfig:
    return compose_study([*BASE, *words])


def refusal(*words: str) -> str:
    with pytest.raises(InputError) as caught:
        config(*words)
    return str(caught.value)


def test_entries_are_numbers_or_a_share_for_each_task() -> None:
    found = config(MIXED)
    assert found.label_fractions == (0.1, TaskFractions(0.5, 0.05), 0.2)
    assert found.equal_fractions == (0.1, 0.2)
    assert from_yaml(to_yaml(found)) == found
    assert json.loads(json.dumps(to_plain(found)))["label_fractions"][1] == {
        "classification": 0.5,
        "segmentation": 0.05,
    }


def test_a_grid_is_each_with_each() -> None:
    found = config("label_fractions={classification: [0.1, 1], segmentation: [0.05, 0.1]}")
    pairs = (TaskFractions(0.1, 0.05), 0.1, TaskFractions(1.0, 0.05), TaskFractions(1.0, 0.1))
    assert found.label_fractions == pairs


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("label_fractions=[{classification:0.5}]", r"label_fractions[0]: expected a share above 0"),
        ("label_fractions=[{classification:0.5,segmentation:5}]", "(5 % is written 0.05)"),
        ("label_fractions={classification:[0.5]}", "for each with each"),
        (
            "label_fractions=[{classification:0.5,segmentation:0.1},{classification:0.5,segmentation:0.1}]",
            "stands twice",
        ),
        (
            "search.label_fractions=[{classification:0.5,segmentation:0.1}]",
            "search.label_fractions[0]: expected a share",
        ),
    ],
)
def test_what_is_no_label_fraction_is_refused(words: str, told: str) -> None:
    assert told in refusal(words)


def test_a_method_of_one_task_is_trained_once_with_its_own_share() -> None:
    pairs = config(
        "label_fractions=[0.05,{classification:0.5,segmentation:0.05},{classification:0.2,segmentation:0.05}]"
    )
    assert method_fractions(pairs.label_fractions, "unet") == (0.05,)
    assert method_fractions(pairs.label_fractions, "cnn") == (0.05, 0.5, 0.2)
    assert method_fractions(pairs.label_fractions, "s4mcl") == pairs.label_fractions
    keying = Keying(pairs, dataset="d", partition="p", profile=Profile("cpu", "float32", "2.10", 1))
    (alone,) = keying.cohort("s4mcl", {}, 0.05, (0,))
    assert alone.trial.to_dict()["label_fraction"] == 0.05, "a number in the key, as ever"
    keys = {keying.cohort("s4mcl", {}, fraction, (0,))[0].key for fraction in pairs.label_fractions}
    assert len(keys) == 3


def test_tables_of_an_ablation_are_over_fractions_of_both_tasks() -> None:
    found = config(MIXED, "ablate.designs.t={kind: table, methods: [unet, s4mcl]}")
    assert read_designs(found)["t"].label_fractions == (0.1, 0.2)


def test_a_study_may_be_given_more_of_them() -> None:
    before, after = config("label_fractions=[0.1]"), config(MIXED)
    assert compared(before, after) == (["label_fractions"], [])
    assert compared(after, before) == ([], ["label_fractions"])
