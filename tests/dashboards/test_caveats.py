import json
from collections.abc import Callable
from typing import Any

import polars as pl

from s4mcl_dashboards.caveats import caveats
from s4mcl_dashboards.material import Material

Make = Callable[..., Any]


def told(study: Material) -> str:
    return "\n".join(text for kind in caveats(study) for text in kind)


def test_a_sound_study_has_no_caveat(paired_trials: Make, proposals: Make, material: Make) -> None:
    asked = proposals({"method": "unet", "score": 0.5}, {"method": "s4mcl", "score": 0.5})
    assert caveats(material(paired_trials(5), asked, openings={"demo": 20})) == []


def test_few_seeds_are_told(paired_trials: Make, material: Make) -> None:
    assert "U-Net with 5 % of the labels (2)" in told(material(paired_trials(2)))
    assert "with one seed there is no interval at all" in told(material(paired_trials(1)))
    assert "seeds;" not in told(material(paired_trials(3)))


def test_failures_and_lost_seeds_are_told(trials: Make, material: Make) -> None:
    text = told(material(trials({"seed": 0, "test_dice": 0.5}, {"seed": 1, "state": "failed"})))
    assert "Failed: 1 of 2 trials in the stage confirm" in text
    assert "U-Net at 20 % (1 of 2)" in text


def test_unequal_budgets_are_told_in_training_iterations(paired_trials: Make, proposals: Make, material: Make) -> None:
    unequal = proposals(
        {"iterations": 100}, {"method": "unet", "iterations": 100}, {"method": "unet", "iterations": 50}
    )
    text = told(material(paired_trials(3), unequal))
    assert "U-Net was tuned with 150 training iterations, S4MCL with 100" in text
    equal = proposals({"iterations": 100}, {"method": "unet", "iterations": 60}, {"method": "unet", "iterations": 40})
    assert "unequal" not in told(material(paired_trials(3), equal))


def test_a_method_that_was_not_tuned_at_all_is_told(paired_trials: Make, proposals: Make, material: Make) -> None:
    assert "(while it had none)" in told(material(paired_trials(3), proposals({"iterations": 100})))


def test_no_search_is_told(paired_trials: Make, proposals: Make, material: Make) -> None:
    assert "Nothing was searched" in told(material(paired_trials(3)))
    assert "Nothing was searched" in told(material(paired_trials(3), proposals({"stage": "warm_start"})))


def test_a_test_part_that_was_opened_too_often_is_told(paired_trials: Make, material: Make) -> None:
    text = told(material(paired_trials(3), openings={"demo": 12, "other": 5}))
    assert "The test labels were opened 17 times, 5 more than this study's 12 tested trials" in text


def test_validation_values_are_told(trials: Make, material: Make) -> None:
    assert "No test labels were read" in told(material(trials({"val_dice": 0.5})))


def test_validation_labels_that_outnumber_training_labels_are_told(paired_trials: Make, material: Make) -> None:
    sizes, fractions = {"train": 604, "validation": 151, "test": 139}, {"label_fractions": [0.05, 1.0]}
    text = told(material(paired_trials(3), partition=sizes, config=fractions))
    assert "training sees 30 labelled images and selection 151" in text
    few = {"train": 604, "validation": 20}
    assert "selection" not in told(material(paired_trials(3), partition=few, config=fractions))


def test_intervals_beyond_the_bounds_are_told(trials: Make, material: Make) -> None:
    text = told(material(trials({"seed": 0, "test_dice": 0.9}, {"seed": 1, "test_dice": 0.99})))
    assert "1 of 1 interval reach below 0 or above 1" in text
    distances = trials({"seed": 0, "test_hd95": 3.0}, {"seed": 1, "test_hd95": 9.0})
    assert "above 1" not in told(material(distances))


def test_an_unfinished_study_is_told(trials: Make, material: Make) -> None:
    assert "2 trials still planned or running" in told(material(trials({"state": "running"}, {"state": "planned"})))


def test_predictions_that_cannot_be_used_are_told_and_seeds_compared(paired_trials: Make, material: Make) -> None:
    study = material(paired_trials(3).with_columns(pl.lit("trials/x/1/predictions.npz").alias("predictions")))
    assert "compared seed by seed alone, which says nothing of other patients: trials/x/1/predictions.npz" in told(
        study
    )
    assert study.findings.comparisons["verdict"].to_list() == ["higher", "no difference shown"]


def test_trials_of_different_devices_are_told(trials: Make, material: Make) -> None:
    def origin(device: str, torch: str) -> str:
        return json.dumps({"machine": {"device": device, "precision": "float32"}, "versions": {"torch": torch}})

    same = trials({"provenance": origin("cpu", "2.13.0+cpu")}, {"provenance": origin("cpu", "2.13.1")})
    assert "different settings" not in told(material(same))
    mixed = trials({"provenance": origin("cpu", "2.13.0")}, {"provenance": origin("cuda", "2.13.0")})
    assert "with 2 different settings of device, precision and PyTorch: cpu, float32, 2.13; cuda" in told(
        material(mixed)
    )
