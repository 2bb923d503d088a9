import math

import numpy as np

from s4mcl.statistics import cautions


def test_a_small_validation_part_is_told_with_its_step() -> None:
    (told,) = cautions.validation_resolution(42, [0.70, 0.74, 0.69, 0.5, math.nan])
    assert "42 images: one image is a step of 2.4 points" in told
    assert "6.8 points" in told  # sqrt(0.74 * 0.26 / 42)
    assert "2 of the other 3 candidates" in told
    assert cautions.validation_resolution(42, [0.9, 0.5]) == []
    assert cautions.validation_resolution(42, [0.9]) == []
    assert cautions.validation_resolution(0, [0.9, 0.9]) == []


def test_a_test_set_that_was_opened_more_than_once_a_trial() -> None:
    (told,) = cautions.repeated_openings(95, 90)
    assert "opened 95 times, 5 more than this study's 90" in told
    assert cautions.repeated_openings(90, 90) == []


def test_unequal_budgets() -> None:
    (told,) = cautions.unequal_budgets({"unet": 1000, "s4mcl": 4000})
    assert "s4mcl was tuned with 4,000 training iterations, unet with 1,000 (4.0 times as many)" in told
    assert "while it had none" in cautions.unequal_budgets({"unet": 0, "s4mcl": 4000})[0]
    assert cautions.unequal_budgets({"unet": 1000, "s4mcl": 1040}) == []
    assert cautions.unequal_budgets({"unet": 1000}) == []
    assert cautions.unequal_budgets({}) == []


def test_few_seeds() -> None:
    (told,) = cautions.few_seeds({"unet at 5 %": 2, "cnn at 5 %": 3, "s4mcl": 2})
    assert (
        told
        == "unet at 5 % (2), s4mcl (2): fewer than 3 seeds; with two, the t quantile is 12.7 where ten seeds have 2.3."
    )
    assert "no interval at all" in cautions.few_seeds({"a": 1, "b": 2})[0]
    assert "and 4 more" in cautions.few_seeds(dict.fromkeys("abcdefghi", 1))[0]
    assert cautions.few_seeds({"a": 3}) == []


def test_leaking_groups_and_patchwise_splits() -> None:
    parts = {"train": np.array([1, 1, 2, 3]), "validation": np.array([4, 5]), "test": np.array([3, 3, 2, 6])}
    (told,) = cautions.leaking_groups(parts, "given")
    assert "Groups with images in both train and test: 2, with 3 of the 4 images of test." in told
    apart = {"train": np.array([1]), "test": np.array([2])}
    assert cautions.leaking_groups(apart, "group") == []
    assert "split=patch" in cautions.leaking_groups(apart, "patch")[0]
    assert len(cautions.leaking_groups(parts, "paper")) == 2


def test_more_validation_labels_than_training_labels() -> None:
    (told,) = cautions.validation_labels(0.05, 527, 132)
    assert "At 5 % training sees 26 labelled images and selection 132: most of the 158 labels" in told
    assert cautions.validation_labels(0.5, 527, 132) == []


def test_few_patients() -> None:
    (told,) = cautions.few_groups(12, 40, 4.25)
    assert "40 test images belong to 12 groups, which say as much as 4.2 equal ones" in told
    assert cautions.few_groups(50, 139, 37.0) == []
