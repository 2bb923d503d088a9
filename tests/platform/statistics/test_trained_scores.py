"""The statistics of trials that were really trained: what the files hold agrees with what the trials reported."""

from dataclasses import replace
from pathlib import Path

import pytest

from s4mcl.statistics.comparisons_frame import comparisons_frame, means_frame
from s4mcl.statistics.image_scores import MEASURES, ImageScores, read_image_scores
from s4mcl_trainables.methods import start_training
from small_assignment import small_assignment


def trained(shapes: Path, folder: Path, method: str) -> tuple[ImageScores, dict[str, list[float]]]:
    """Two seeds of a method, and what each trial reported of its test part."""
    paths, reported = {}, {}
    for seed in (0, 1):
        given = small_assignment(shapes, folder / str(seed), method, seed=seed, iterations=4, test=True)
        run = start_training(replace(given, surface_distances=True))
        while (ending := run.advance()) is None:
            pass
        paths[seed] = folder / str(seed) / "predictions.npz"
        for name, value in (ending.test or {}).items():
            reported.setdefault(name.removeprefix("test_"), []).append(value)
    return read_image_scores(paths), reported


def test_measures_equal_what_the_trials_reported(shapes: Path, tmp_path: Path) -> None:
    scores, reported = trained(shapes, tmp_path / "s4mcl", "s4mcl")
    assert scores.measures == MEASURES
    for measure in MEASURES:
        assert scores.grouped(measure).by_seed() == pytest.approx(reported[measure], rel=1e-5)
    unet, _ = trained(shapes, tmp_path / "unet", "unet")
    cells = {("s4mcl", 0.5): scores, ("unet", 0.5): unet}
    frame = comparisons_frame(cells, "unet")
    assert frame["measure"].to_list() == ["dice", "iou", "hd95", "assd"]
    assert frame["groups"].unique().to_list() == [len(scores.rows)]
    means = means_frame(cells, ["dice"])
    assert means["mean"][0] == pytest.approx(sum(reported["dice"]) / 2, rel=1e-5)
