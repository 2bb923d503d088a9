import re
from collections.abc import Callable
from typing import Any

from s4mcl_dashboards.sections.summary import comparisons, openings

Make = Callable[..., Any]


def test_the_sentence_holds_the_numbers_and_the_seeds(paired_trials: Make, material: Make) -> None:
    ((title, (few, many)),) = comparisons(material(paired_trials(3)))
    assert title == "Dice: S4MCL and the U-Net"
    assert few.startswith("With 5 % of the labels S4MCL reached Dice 0.810 (95 % interval 0.785 to 0.835, n = 3 seeds)")
    assert "against 0.710 (0.685 to 0.735) for the U-Net" in few
    assert few.endswith("Difference +0.100 (+0.099 to +0.102): higher, the interval leaves out 0.")
    assert many.endswith("no difference is shown, the interval holds 0.")


def test_a_mean_alone_is_never_a_win(paired_trials: Make, material: Make) -> None:
    for seeds in (1, 2, 3):
        for _, sentences in comparisons(material(paired_trials(seeds))):
            for sentence in sentences:
                if re.search(r"\b(higher|lower|better|wins?)\b", sentence):
                    assert "the interval leaves out 0" in sentence
    ((_, (few, _)),) = comparisons(material(paired_trials(1)))
    assert few.endswith("One shared seed cannot tell whether they differ.")


def test_a_lower_value_is_called_lower(trials: Make, material: Make) -> None:
    rows = [
        {"method": method, "seed": seed, "test_dice": level + 0.01 * seed}
        for seed in range(3)
        for method, level in (("unet", 0.9), ("s4mcl", 0.8))
    ]
    ((_, (sentence,)),) = comparisons(material(trials(*rows)))
    assert "Difference −0.100" in sentence
    assert "lower, the interval leaves out 0" in sentence


def test_unequal_numbers_of_seeds_are_both_told(trials: Make, material: Make) -> None:
    rows = [{"method": "unet", "seed": seed, "test_dice": 0.5 + 0.1 * seed} for seed in range(3)]
    rows += [{"method": "s4mcl", "seed": seed, "test_dice": 0.6 + 0.1 * seed} for seed in range(2)]
    ((_, (sentence,)),) = comparisons(material(trials(*rows)))
    assert "n = 2 seeds" in sentence
    assert "n = 3 seeds" in sentence


def test_methods_that_share_no_seed_are_not_compared(trials: Make, material: Make) -> None:
    rows = trials({"method": "unet", "test_dice": 0.5}, {"method": "s4mcl", "seed": 1, "test_dice": 0.6})
    ((_, (sentence,)),) = comparisons(material(rows))
    assert "share no seed" in sentence


def test_without_a_counterpart_the_levels_are_told(trials: Make, material: Make) -> None:
    ((title, sentences),) = comparisons(material(trials({"method": "cnn", "test_balanced_accuracy": 0.6})))
    assert title == "Levels"
    assert sentences == ["With 20 % of the labels CNN reached Balanced accuracy 0.600 (no interval, n = 1 seed)."]


def test_validation_values_are_named_so(trials: Make, material: Make) -> None:
    rows = trials({"method": "unet", "val_dice": 0.5}, {"method": "s4mcl", "val_dice": 0.6})
    ((_, (sentence,)),) = comparisons(material(rows))
    assert "reached validation Dice 0.600" in sentence


def test_studies_without_values_say_so(trials: Make, material: Make) -> None:
    assert "no trials yet" in openings(material(trials()))[0]
    assert "search alone" in openings(material(trials({"stage": "search"})))[0]
    assert (
        "All 2 trials of the confirm stage failed"
        in openings(material(trials({"state": "failed"}, {"state": "failed"})))[0]
    )
    assert "has a value yet" in openings(material(trials({"state": "running"})))[0]
    assert comparisons(material(trials())) == []
