import numpy as np
import pytest
from scored_study import scored

from s4mcl.statistics.group_sums import GroupSums, image_means, seed_values
from s4mcl.statistics.label_savings import count_labels, label_savings
from s4mcl.statistics.savings_frame import SAVINGS_SCHEMA, savings_frame

FRACTIONS = (0.05, 0.1, 0.2, 0.5, 1.0)


def side(mean: float, seed: int, noise: float = 0.02) -> GroupSums:
    """Five seeds on 60 images in 20 groups that are equally hard for everyone."""
    hard = 0.1 * np.random.default_rng(0).standard_normal(20)[np.arange(60) // 3]
    stream = np.random.default_rng(seed)
    spread = noise * (stream.standard_normal((5, 60)) + stream.standard_normal((5, 1)))
    return image_means(mean + hard + spread - spread.mean(), np.arange(60) // 3)


def curve(*means: float, noise: float = 0.02) -> dict[float, GroupSums]:
    return {f: side(mean, k, noise) for k, (f, mean) in enumerate(zip(FRACTIONS, means, strict=True))}


def test_the_crossing_is_linear_in_the_logarithm_of_the_fraction() -> None:
    found = label_savings(curve(0.4, 0.5, 0.7, 0.8, 0.9), side(0.6, 9))
    assert found.outcome == "reached"
    assert found.fraction == pytest.approx(np.sqrt(0.1 * 0.2))
    assert 0.1 < found.low < found.fraction < found.high < 0.2
    assert not found.low_open
    assert not found.high_open


def test_a_dip_is_levelled() -> None:
    found = label_savings(curve(0.4, 0.6, 0.5, 0.8, 0.9), side(0.55, 9))
    assert found.fraction == pytest.approx(0.1)  # 0.6 and 0.5 become 0.55 both
    assert label_savings(curve(0.4, 0.6, 0.5, 0.8, 0.9), side(0.56, 9)).fraction > 0.2


def test_not_reached_in_words_and_with_an_open_limit() -> None:
    found = label_savings(curve(0.1, 0.2, 0.3, 0.4, 0.5), side(0.8, 9))
    assert (found.outcome, found.fraction, found.high, found.high_open) == ("not reached", None, 1.0, True)
    assert found.low == 1.0
    near = label_savings(curve(0.1, 0.2, 0.3, 0.4, 0.5), side(0.505, 9))
    assert (near.outcome, near.high_open) == ("not reached", True)
    assert 0.5 < near.low < 1.0


def test_reached_at_the_smallest_fraction_tells_that_less_may_do() -> None:
    found = label_savings(curve(0.7, 0.75, 0.8, 0.85, 0.9), side(0.6, 9))
    assert (found.outcome, found.fraction) == ("reached at the smallest fraction", pytest.approx(0.05))
    assert (found.low, found.low_open, found.high, found.high_open) == (
        pytest.approx(0.05),
        True,
        pytest.approx(0.05),
        False,
    )


def test_reached_by_the_mean_alone_is_not_shown() -> None:
    found = label_savings(curve(0.4, 0.5, 0.6, 0.65, 0.7, noise=0.1), side(0.69, 9, noise=0.1))
    assert found.outcome == "reached"
    assert found.high_open


def test_distances_fall() -> None:
    falling = {f: side(mean, k) for k, (f, mean) in enumerate(zip(FRACTIONS, (9, 8, 6, 5, 4), strict=True))}
    found = label_savings(falling, side(7, 9), less_is_better=True)
    assert found.fraction == pytest.approx(np.sqrt(0.1 * 0.2))


def test_the_hardness_of_patients_cancels_between_curve_and_target() -> None:
    """Groups are resampled once for all: the same hard patients are in the curve and in the target."""
    paired = label_savings(curve(0.4, 0.5, 0.7, 0.8, 0.9), side(0.6, 9))
    turned = side(0.6, 9)
    unpaired = label_savings(
        curve(0.4, 0.5, 0.7, 0.8, 0.9), GroupSums(turned.sums[:, ::-1], turned.sizes, turned.groups, turned.value)
    )
    assert np.log(unpaired.high / unpaired.low) > 3 * np.log(paired.high / paired.low)


def test_scores_of_seeds_alone_and_of_one_seed() -> None:
    values = {
        f: seed_values(np.array([m - 0.01, m, m + 0.01])) for f, m in zip(FRACTIONS, (4, 5, 7, 8, 9), strict=True)
    }
    found = label_savings(values, seed_values(np.array([6, 6.05, 5.95])))
    assert found.fraction == pytest.approx(np.sqrt(0.1 * 0.2))
    assert found.low < found.fraction < found.high
    one = {f: seed_values(np.array([m])) for f, m in zip(FRACTIONS, (4, 5, 7, 8, 9), strict=True)}
    assert label_savings(one, seed_values(np.array([6.0]))).low is None


def test_labels_without_and_with_those_of_validation() -> None:
    counted = count_labels(0.1, 700, 42)
    assert (counted.labels, counted.saved) == (pytest.approx(70), pytest.approx(0.9))
    assert counted.labels_with_validation == pytest.approx(112)
    assert counted.saved_with_validation == pytest.approx(1 - 112 / 742)


def test_other_images_and_no_fraction_are_refused() -> None:
    with pytest.raises(ValueError, match="seeds and images of the target"):
        label_savings({0.1: side(0.5, 1)}, seed_values(np.ones(5)))
    with pytest.raises(ValueError, match="at least one fraction"):
        label_savings({}, side(0.5, 1))


def test_the_frame_has_a_row_a_measure_and_method() -> None:
    cells = {("unet", f): scored(0.5, dice, seed=k) for k, (f, dice) in enumerate([(0.1, 0.4), (0.5, 0.6), (1.0, 0.7)])}
    cells |= {("s4mcl", f): scored(0.5, dice, seed=k) for k, (f, dice) in enumerate([(0.1, 0.6), (0.5, 0.8)], 7)}
    frame = savings_frame(cells, {"dice": "unet", "accuracy": "cnn", "hd95": "unet"}, training=500, validation=100)
    assert frame.schema == SAVINGS_SCHEMA
    rows = {(row["measure"], row["method"]): row for row in frame.to_dicts()}
    assert list(rows) == [("dice", "unet"), ("dice", "s4mcl"), ("hd95", "unet"), ("hd95", "s4mcl")]
    own, row = rows["dice", "unet"], rows["dice", "s4mcl"]
    assert own["fraction"] == pytest.approx(1)
    assert own["saved"] == pytest.approx(0, abs=1e-12)
    assert row["outcome"] == "reached"
    assert 0.1 < row["low"] < row["fraction"] < row["high"] < 0.5
    assert row["labels"] == pytest.approx(500 * row["fraction"])
    assert row["saved_with_validation"] == pytest.approx(1 - (500 * row["fraction"] + 100) / 600)
    assert rows["hd95", "s4mcl"]["fraction"] == pytest.approx(row["fraction"], rel=0.05)
    missing = savings_frame({cell: cells[cell] for cell in [("unet", 1.0), ("unet", 0.1)]}, {"dice": "s4mcl"},
                            training=1, validation=1)  # fmt: skip
    assert missing.is_empty()
