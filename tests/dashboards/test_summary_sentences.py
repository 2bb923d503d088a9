import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from s4mcl.statistics.label_savings import BELOW, NOT_REACHED, REACHED
from s4mcl_dashboards.findings import Findings
from s4mcl_dashboards.saving import saving_limits, saving_sentence
from s4mcl_dashboards.sections.ablation import ablations
from s4mcl_dashboards.sections.summary import comparisons, openings

Make = Callable[..., Any]
SAVED = {
    "measure": "dice",
    "method": "s4mcl",
    "reference": "unet",
    "target": 0.9,
    "low_open": False,
    "high_open": False,
}


def test_the_sentence_holds_the_numbers_and_the_seeds(paired_trials: Make, material: Make) -> None:
    ((title, (few, many)),) = comparisons(material(paired_trials(3)))
    assert title == "Dice: S4MCL and the U-Net"
    assert few == (
        "With 5 % of the labels S4MCL reached Dice 0.810, the U-Net 0.710. Difference +0.100 "
        "(95 % interval +0.099 to +0.102; n = 3 seeds, over seeds alone; p < 0.001): higher."
    )
    assert many.endswith("no difference shown.")


def test_a_mean_alone_is_never_a_win(paired_trials: Make, material: Make) -> None:
    for seeds in (1, 2, 3):
        study = material(paired_trials(seeds))
        shown = study.findings.comparisons.filter(pl.col("seed_p_holm") <= 0.05).height
        sentences = [sentence for _, told in comparisons(study) for sentence in told]
        words = [sentence for sentence in sentences if re.search(r"\b(higher|lower|better|wins?)\b", sentence)]
        assert len(words) == shown
    ((_, (few, _)),) = comparisons(material(paired_trials(1)))
    assert few.endswith("One shared seed cannot tell whether they differ.")


def test_a_lower_value_is_called_lower(trials: Make, material: Make) -> None:
    rows = [
        {"method": method, "seed": seed, "test_dice": level + 0.01 * seed * factor}
        for seed in range(3)
        for method, level, factor in (("unet", 0.9, 1.0), ("s4mcl", 0.8, 1.1))
    ]
    ((_, (sentence,)),) = comparisons(material(trials(*rows)))
    assert "Difference −0.099" in sentence
    assert sentence.endswith(": lower.")


def test_only_shared_seeds_are_compared(trials: Make, material: Make) -> None:
    rows = [{"method": "unet", "seed": seed, "test_dice": 0.5 + 0.1 * seed} for seed in range(3)]
    rows += [{"method": "s4mcl", "seed": seed, "test_dice": 0.6 + 0.2 * seed} for seed in range(2)]
    ((_, (sentence,)),) = comparisons(material(trials(*rows)))
    assert "reached Dice 0.700, the U-Net 0.550" in sentence
    assert "n = 2 seeds" in sentence


def test_methods_that_share_no_seed_are_not_compared(trials: Make, material: Make) -> None:
    rows = trials({"method": "unet", "test_dice": 0.5}, {"method": "s4mcl", "seed": 1, "test_dice": 0.6})
    ((title, _),) = comparisons(material(rows))
    assert title == "Levels"


def test_without_a_counterpart_the_levels_are_told(trials: Make, material: Make) -> None:
    ((title, sentences),) = comparisons(material(trials({"method": "cnn", "test_balanced_accuracy": 0.6})))
    assert title == "Levels"
    assert sentences == ["With 20 % of the labels CNN reached balanced accuracy 0.600 (no interval, n = 1 seed)."]


def test_validation_values_are_named_so(trials: Make, material: Make) -> None:
    rows = trials({"method": "unet", "val_dice": 0.5}, {"method": "s4mcl", "val_dice": 0.6})
    ((_, (sentence,)),) = comparisons(material(rows))
    assert "reached validation Dice 0.600" in sentence


def test_label_savings_in_words() -> None:
    reached = {**SAVED, "outcome": REACHED, "fraction": 0.223, "low": 0.151, "high": 0.31}
    goal = "the U-Net's full-label Dice (0.900)"
    assert saving_sentence(reached) == f"S4MCL reached {goal} with 22 % of the labels (95 % interval 15 to 31 %)."
    least = {**SAVED, "outcome": BELOW, "fraction": 0.05, "low": 0.05, "high": 1.0, "low_open": True, "high_open": True}
    assert saving_sentence(least).endswith(
        "with at most 5 % of the labels (95 % interval below 5 to beyond 100 %). That this saves labels is not shown."
    )
    assert saving_sentence({**reached, "high": 1.0}).endswith(
        "(95 % interval 15 to 100 %). That this saves labels is not shown."
    )
    single = {**reached, "low": None, "high": None}
    assert saving_sentence(single).endswith("with 22 % of the labels (no interval).")


def test_a_target_that_is_not_reached_is_told_with_what_is_known() -> None:
    missed = {**SAVED, "outcome": NOT_REACHED, "fraction": None, "low": None, "high": None}
    words = (
        "The rising curve through the means of S4MCL did not reach the U-Net's full-label Dice (0.900) at any share of "
        "the labels that was tried"
    )
    assert saving_sentence(missed) == f"{words}."
    perhaps = {**missed, "low": 0.42, "high": 0.5, "high_open": True}
    assert saving_sentence(perhaps) == f"{words} (95 % interval 42 to beyond 50 %)."


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ({"low": None, "high": None}, "no interval"),
        ({"low": 1.0, "high": 1.0, "high_open": True}, "95 % interval beyond 100 %"),
        ({"low": 0.05, "high": 0.05, "low_open": True}, "95 % interval below 5 %"),
        ({"low": 0.004, "high": 0.3}, "95 % interval 0.4 to 30 %"),
    ],
)
def test_the_interval_of_a_share(ends: dict[str, Any], told: str) -> None:
    assert saving_limits({**SAVED, **ends}) == told


def test_each_design_has_a_sentence() -> None:
    rows = [
        {"design": "parts", "term": "without rot90", "effect": -0.06, "low": -0.08, "high": -0.04, "verdict": "lower"},
        {"design": "parts", "term": "without hflip", "effect": -0.01, "verdict": "no difference shown"},
        {"design": "alpha", "term": "alpha=2", "effect": 0.01, "verdict": "no difference shown"},
    ]
    empty = Findings().ablation
    effects = pl.concat([empty, pl.DataFrame(rows)], how="diagonal_relaxed")
    ((title, (parts, alpha)),) = ablations(effects)
    assert title == "Ablation"
    assert parts == (
        "Design parts: a difference is shown for 1 of 2 effects on the validation score: "
        "“without rot90” −0.060 (95 % interval −0.080 to −0.040)."
    )
    assert alpha == "Design alpha: no difference shown for any of 1 effect on the validation score."


def test_studies_without_values_say_so(trials: Make, material: Make) -> None:
    assert "no trials yet" in openings(material(trials()))[0]
    assert "search alone" in openings(material(trials({"stage": "search"})))[0]
    assert (
        "All 2 trials of the confirm stage failed"
        in openings(material(trials({"state": "failed"}, {"state": "failed"})))[0]
    )
    assert "has a value yet" in openings(material(trials({"state": "running"})))[0]
    assert comparisons(material(trials())) == []
