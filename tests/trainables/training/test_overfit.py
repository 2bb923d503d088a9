"""Each method learns eight images by heart."""

from pathlib import Path

import numpy as np
import pytest

from s4mcl_trainables.methods import CLASSIFICATION, SEGMENTATION, method_named, start_training
from s4mcl_trainables.training.run import Run, judge_rows
from small_assignment import small_assignment

RATES = {"generator_lr": 5e-3, "discriminator_lr": 3e-3, "dropout": 0.0}


@pytest.mark.parametrize("name", ["unet", "cnn", "s2mcl", "s4mcl", "s4mcl_calm", "s4mcl_improved"])
def test_eight_images_are_learnt_by_heart(name: str, shapes: Path, tmp_path: Path) -> None:
    method = method_named(name)
    given = {key: value for key, value in RATES.items() if key in method.defaults}
    run = start_training(
        small_assignment(
            shapes,
            tmp_path,
            name,
            hyperparameters=given,
            fraction=8 / 29,
            iterations=400,
            width=6,
            batch_labelled=8,
            batch_unlabelled=4,
        )
    )
    assert isinstance(run, Run)
    rows = np.sort(run.batches.labelled.rows.numpy())
    assert len(rows) == 8
    found: dict[str, float] = {}
    while run.iteration < 400 and not reached(found):
        run.train(run.iteration + 50)
        found = judge_rows(run.learner, run.material.resident, rows)
    assert reached(found), (run.iteration, found)
    assert ("dice" in found) == (SEGMENTATION in method.tasks)
    assert ("accuracy" in found) == (CLASSIFICATION in method.tasks)


def reached(found: dict[str, float]) -> bool:
    return bool(found) and found.get("dice", 1.0) > 0.95 and found.get("accuracy", 1.0) == 1
