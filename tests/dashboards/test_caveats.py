from collections.abc import Callable
from typing import Any

from s4mcl_dashboards.caveats import caveats
from s4mcl_dashboards.material import Material

Make = Callable[..., Any]


def told(study: Material) -> str:
    return "\n".join(caveats(study))


def test_a_sound_study_has_no_caveat(paired_trials: Make, proposals: Make, material: Make) -> None:
    asked = proposals({"method": "unet", "score": 0.5}, {"method": "s4mcl", "score": 0.5})
    assert caveats(material(paired_trials(5), asked)) == []


def test_few_seeds_are_told(paired_trials: Make, material: Make) -> None:
    assert "only 2 seeds" in told(material(paired_trials(2)))
    assert "single seed" in told(material(paired_trials(1)))
    assert "seeds:" not in told(material(paired_trials(3)))


def test_failures_and_lost_seeds_are_told(trials: Make, material: Make) -> None:
    text = told(material(trials({"seed": 0, "test_dice": 0.5}, {"seed": 1, "state": "failed"})))
    assert "Failed: 1 of 2 trials in the stage confirm" in text
    assert "U-Net at 20 % (1 of 2)" in text


def test_unequal_budgets_are_told(paired_trials: Make, proposals: Make, material: Make) -> None:
    text = told(material(paired_trials(3), proposals({}, {"method": "unet"}, {"method": "unet"})))
    assert "unequal" in text
    assert "S4MCL 1 and U-Net 2" in text or "U-Net 2 and S4MCL 1" in text


def test_no_search_is_told(paired_trials: Make, material: Make) -> None:
    assert "Nothing was searched" in told(material(paired_trials(3)))


def test_validation_values_are_told(trials: Make, material: Make) -> None:
    assert "No test labels were read" in told(material(trials({"val_dice": 0.5})))


def test_validation_labels_that_outnumber_training_labels_are_told(paired_trials: Make, material: Make) -> None:
    sizes = {"train": 604, "validation": 151, "test": 139}
    text = told(material(paired_trials(3), partition=sizes))
    assert "training sees 30 labelled images and validation 151" in text
    assert "validation" not in told(material(paired_trials(3), partition={"train": 604, "validation": 20}))


def test_intervals_beyond_the_bounds_are_told(trials: Make, material: Make) -> None:
    text = told(material(trials({"seed": 0, "test_dice": 0.9}, {"seed": 1, "test_dice": 0.99})))
    assert "1 of 1 interval reach below 0 or above 1" in text


def test_an_unfinished_study_is_told(trials: Make, material: Make) -> None:
    assert "2 trials still planned or running" in told(material(trials({"state": "running"}, {"state": "planned"})))
