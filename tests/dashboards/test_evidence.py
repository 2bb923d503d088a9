"""What the files of a study show, and what happens when they are gone, damaged, or of an earlier version."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from s4mcl_dashboards.class_scores import read_class_scores
from s4mcl_dashboards.evidence import DRAWN, SEEDS, read_evidence
from s4mcl_dashboards.samples import read_ranked
from s4mcl_trainables.problems import InputError

Make = Callable[..., Any]
SIDE = 8


def squares(count: int, side: int = 3) -> np.ndarray:
    masks = np.zeros((count, 1, SIDE, SIDE), np.uint8)
    masks[:, :, 1 : 1 + side, 1 : 1 + side] = 1
    return masks


def write_predictions(path: Path, **changes: Any) -> str:
    """Of rows 10 to 15, with masks, Dice and class probabilities; None leaves an array out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dice = np.linspace(0.1, 0.6, 6).astype(np.float32)
    arrays: dict[str, Any] = {
        "rows": np.arange(10, 16),
        "labels": np.array([0, 1, 0, 1, -1, 1]),
        "masks": np.packbits(squares(6, 4).reshape(6, -1), axis=1),
        "mask_shape": np.array([1, SIDE, SIDE]),
        "dice": dice,
        "class_probabilities": np.stack([dice, 1 - dice], 1),
        **changes,
    }
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path.name


def write_images(path: Path, rows: list[int], **further: Any) -> None:
    images = np.zeros((len(rows), 1, SIDE, SIDE), np.uint8)
    np.savez(path, rows=np.array(rows), images=images, masks=squares(len(rows)), labels=np.zeros(len(rows)), **further)


def ranks(seed: int = 0) -> dict[str, Any]:
    return {
        "shown_method": np.array(["unet", "unet"]),
        "shown_fraction": np.array([0.2, 0.2]),
        "shown_rank": np.array(["best", "worst"]),
        "shown_row": np.array([15, 10]),
        "shown_dice": np.array([0.6, 0.1]),
        "seed": np.array(seed),
    }


def test_all_files_are_read(trials: Make, tmp_path: Path) -> None:
    rows = trials({"predictions": write_predictions(tmp_path / "a.npz")}, {"seed": 1, "predictions": "b.npz"})
    write_predictions(tmp_path / "b.npz")
    write_images(tmp_path / "samples.npz", [11, 12])
    write_images(tmp_path / "ranked.npz", [10, 15], **ranks(seed=1))
    found = read_evidence(rows, tmp_path, tmp_path)
    assert found.unreadable == ()
    assert found.seed == 1  # that which the images were chosen by
    assert found.samples is not None
    assert found.ranked is not None
    assert [image.rank for image in found.ranked.images] == ["best", "worst"]
    assert found.predictions["unet", 0.2].rows.tolist() == [10, 11, 12, 15]
    assert [one.seed for one in found.classes["unet", 0.2]] == [0, 1]
    assert found.classes["unet", 0.2][0].labels.tolist() == [0, 1, 0, 1, 1]  # without the image that has no label


def test_without_images_nothing_of_a_patient_is_left(trials: Make, tmp_path: Path) -> None:
    write_images(tmp_path / "samples.npz", [11, 12])
    rows = trials({"predictions": write_predictions(tmp_path / "a.npz")})
    found = read_evidence(rows, tmp_path, tmp_path).without_images()
    assert (found.samples, found.ranked, found.predictions, found.left_out) == (None, None, {}, True)
    assert list(found.classes) == [("unet", 0.2)]


def test_few_files_of_many_seeds_are_read(trials: Make, tmp_path: Path) -> None:
    write_predictions(tmp_path / "a.npz")
    rows = trials(*({"seed": seed, "predictions": "a.npz"} for seed in range(SEEDS + 3)))
    found = read_evidence(rows, tmp_path, tmp_path)
    assert [one.seed for one in found.classes["unet", 0.2]] == list(range(SEEDS))
    assert found.unread_seeds == 3
    write_images(tmp_path / "samples.npz", list(range(DRAWN + 4)))
    assert len(read_evidence(rows, tmp_path, tmp_path).samples or ()) == DRAWN


def test_nothing_is_there(trials: Make, tmp_path: Path) -> None:
    for rows in (trials(), trials({})):
        found = read_evidence(rows, tmp_path, tmp_path)
        assert (found.samples, found.ranked, found.unreadable) == (None, None, ())
        assert (found.predictions, found.classes) == ({}, {})


@pytest.mark.parametrize("damaged", ["samples.npz", "ranked.npz", "a.npz"])
def test_a_damaged_file_is_told_once_and_the_rest_is_shown(trials: Make, tmp_path: Path, damaged: str) -> None:
    rows = trials({"predictions": write_predictions(tmp_path / "a.npz")})
    write_images(tmp_path / "samples.npz", [11, 12])
    write_images(tmp_path / "ranked.npz", [10, 15], **ranks())
    (tmp_path / damaged).write_bytes(b"PK\x03\x04damaged")
    found = read_evidence(rows, tmp_path, tmp_path)
    assert len(found.unreadable) == 1
    assert damaged in found.unreadable[0]
    assert str(tmp_path) not in found.unreadable[0]
    assert (found.samples is None) == (damaged == "samples.npz")
    assert (found.ranked is None) == (damaged == "ranked.npz")
    assert bool(found.classes) == bool(found.predictions) == (damaged != "a.npz")


def test_predictions_of_another_image_size_are_not_drawn(trials: Make, tmp_path: Path) -> None:
    shape = {"masks": np.zeros((6, 2), np.uint8), "mask_shape": np.array([1, 4, 4])}
    rows = trials({"predictions": write_predictions(tmp_path / "a.npz", **shape)})
    write_images(tmp_path / "samples.npz", [11, 12])
    assert read_evidence(rows, tmp_path, tmp_path).predictions == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": np.array([0, 1])},
        {"labels": np.array([0, 1, 2, 0, 1, 0])},
        {"labels": None},
        {"class_probabilities": np.ones(6)},
        {"class_probabilities": np.array(["a"] * 12).reshape(6, 2)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    write_predictions(tmp_path / "a.npz", **changes)
    with pytest.raises(InputError, match=r"a\.npz"):
        read_class_scores(tmp_path / "a.npz", 0)


def test_probabilities_that_are_no_numbers_do_not_count(tmp_path: Path) -> None:
    probabilities = np.full((6, 2), np.nan)
    write_predictions(tmp_path / "a.npz", class_probabilities=probabilities)
    assert read_class_scores(tmp_path / "a.npz", 0) is None
    probabilities[1] = (0.3, 0.7)
    write_predictions(tmp_path / "a.npz", class_probabilities=probabilities)
    found = read_class_scores(tmp_path / "a.npz", 0)
    assert found is not None
    assert (found.labels.tolist(), found.probabilities.tolist()) == ([1], [[0.3, 0.7]])
    write_predictions(tmp_path / "a.npz", class_probabilities=None)
    assert read_class_scores(tmp_path / "a.npz", 0) is None


@pytest.mark.parametrize("lacking", ["shown_rank", "seed"])
def test_ranked_images_need_all_arrays(tmp_path: Path, lacking: str) -> None:
    write_images(
        tmp_path / "ranked.npz", [10, 15], **{name: array for name, array in ranks().items() if name != lacking}
    )
    with pytest.raises(InputError, match=f"no array {lacking}"):
        read_ranked(tmp_path / "ranked.npz")
    write_images(tmp_path / "ranked.npz", [10, 15], **{**ranks(), "shown_row": np.array([10])})
    with pytest.raises(InputError, match="ranked images of shapes"):
        read_ranked(tmp_path / "ranked.npz")
