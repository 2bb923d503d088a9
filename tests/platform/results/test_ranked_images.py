from pathlib import Path

import numpy as np
import polars as pl
import pytest

from s4mcl.results.ranked_images import Dice, outside_in, ranked, ranked_images, read_dice, shown_trials
from s4mcl_trainables.problems import InputError

NAN = float("nan")


def cell(*dice: float) -> Dice:
    return np.arange(10, 10 + len(dice), dtype=np.int64), np.array(dice, np.float64)


@pytest.mark.parametrize(
    ("dice", "places"),
    [
        ((0.5, 0.9, 0.1, 0.7, 0.3), {"best": 1, "median": 0, "worst": 2}),
        ((0.5, 0.9, 0.1, 0.7), {"best": 1, "median": 0, "worst": 2}),  # of two in the middle the lower
        ((0.5, 0.9), {"best": 1, "worst": 0}),
        ((0.5,), {"best": 0}),
        ((0.5, 0.5, 0.5), {"best": 2}),
        ((0.9, 0.9, 0.1), {"best": 1, "median": 0, "worst": 2}),
        ((0.1, 0.1, 0.9), {"best": 2, "median": 1, "worst": 0}),
        ((NAN, 0.2, 0.4, NAN), {"best": 2, "worst": 1}),
        ((NAN,), {}),
        ((), {}),
    ],
)
def test_best_median_and_worst_are_different_images(dice: tuple[float, ...], places: dict[str, int]) -> None:
    assert ranked(np.array(dice, np.float64)) == places


def test_images_with_an_empty_mask_do_not_count() -> None:
    (best, worst) = ranked_images({("unet", 0.1): cell(1.0, 0.6, 0.2)}, {11, 12}, most=9)
    assert (best.rank, best.row, best.dice) == ("best", 11, 0.6)
    assert (worst.rank, worst.row, worst.dice) == ("worst", 12, 0.2)


def test_the_ends_of_the_range_come_first_where_there_is_no_room_for_all() -> None:
    rising = np.linspace(0.2, 0.8, 15)
    named = {("unet", float(place)): cell(*np.roll(rising, 2 * place)) for place in range(4)}  # other images each time
    shown = ranked_images(named, range(100), most=7)
    assert sorted({image.label_fraction for image in shown}) == [0.0, 3.0]
    assert len({image.row for image in shown}) == 6
    assert len(ranked_images(named, range(100), most=2)) == 0
    assert len(ranked_images(dict.fromkeys(named, cell(*rising)), range(100), most=3)) == 12  # they share the rows


def test_outside_in() -> None:
    assert outside_in([0.5, 0.1, 1.0, 0.2, 0.3, 0.1]) == [0.1, 1.0, 0.2, 0.5, 0.3]
    assert outside_in([]) == []


def test_the_seed_with_the_most_predictions_is_shown() -> None:
    rows = [("confirm", "unet", 0.1, 3, "a"), ("confirm", "unet", 1.0, 3, "b"), ("confirm", "cnn", 0.1, 3, None)]
    rows += [("confirm", "unet", 0.1, 5, "c"), ("confirm", "cnn", 0.1, 5, "d"), ("search", "unet", 0.2, 1, "e")]
    names = ("stage", "method", "label_fraction", "seed", "predictions")
    trials = pl.DataFrame(rows, schema=names, orient="row")
    assert shown_trials(trials) == (3, {("unet", 0.1): "a", ("unet", 1.0): "b"})
    assert shown_trials(trials.filter(stage="search")) == (None, {})


def test_dice_is_read_or_its_absence_told(tmp_path: Path) -> None:
    rows, dice = cell(0.25, 0.5)
    np.savez(tmp_path / "p.npz", rows=rows, dice=dice.astype(np.float32))
    found = read_dice(tmp_path / "p.npz")
    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == ([10, 11], [0.25, 0.5])
    np.savez(tmp_path / "c.npz", rows=rows, class_probabilities=np.ones((2, 2)))
    assert read_dice(tmp_path / "c.npz") is None


@pytest.mark.parametrize("kind", ["gone", "broken", "lengths", "no rows"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.npz"
    if kind == "broken":
        path.write_bytes(b"PK\x03\x04broken")
    elif kind == "lengths":
        np.savez(path, rows=np.arange(3), dice=np.ones(2))
    elif kind == "no rows":
        np.savez(path, dice=np.ones(2))
    with pytest.raises(InputError, match=r"p\.npz"):
        read_dice(path)
