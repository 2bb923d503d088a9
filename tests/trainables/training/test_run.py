"""A run from its first step to its ending."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor

from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.partition import make_partition
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training import run as run_module
from s4mcl_trainables.training.assignment import Assignment, Ending
from s4mcl_trainables.training.run import Run
from shapes_dataset import write_shapes
from small_assignment import small_assignment


def run_of(assignment: Assignment) -> Run:
    run = start_training(assignment)
    assert isinstance(run, Run)
    return run


def to_the_end(run: Run) -> Ending:
    while (ending := run.advance()) is None:
        pass
    return ending


def with_scores(monkeypatch: pytest.MonkeyPatch, scores: list[float]) -> None:
    """Let validation find these scores, one a report."""
    waiting = iter(scores)
    monkeypatch.setattr(run_module, "judge_rows", lambda *_: {"dice": next(waiting)})


def poison(run: Run, step: int, *names: str) -> None:
    """Turn loss terms NaN from `step` (from 1) on."""
    original = run.learner.step

    def poisoned(batch: Any, iteration: int, rate: float) -> dict[str, Tensor]:
        terms = original(batch, iteration, rate)
        return {
            name: value * torch.nan if name in names and iteration + 1 >= step else value
            for name, value in terms.items()
        }

    run.learner.step = poisoned  # type: ignore[method-assign]  # for this test alone


def test_a_loss_that_turns_nan_ends_the_trial(shapes: Path, tmp_path: Path) -> None:
    run = run_of(small_assignment(shapes, tmp_path, "s4mcl", iterations=8, report_every=4))
    assert run.advance() is None
    poison(run, 6, "loss/surrogate", "loss/discriminator")
    ending = run.advance()
    assert ending is not None
    assert (ending.outcome, ending.iterations, ending.summary) == ("nan", 8, {})
    assert ending.detail == {"step": 6, "terms": {"loss/surrogate": 6, "loss/discriminator": 6}}
    assert ending.seconds == run.seconds > 0
    last = run.reports[-1]["values"]
    assert last["val_score"] is None
    assert last["loss/surrogate"] is None
    assert last["loss/class_real"] > 0
    json.dumps([run.reports, asdict(ending)], allow_nan=False)
    assert not (tmp_path / "best.pt").exists()


def test_diverging_weights_end_as_nan_too(shapes: Path, tmp_path: Path) -> None:
    run = run_of(small_assignment(shapes, tmp_path, "unet", iterations=6, hyperparameters={"generator_lr": 1.0}))
    run.advance()
    with torch.no_grad():
        run.learner.modules["generator"].head.bias.fill_(torch.nan)
    ending = to_the_end(run)
    assert ending.outcome == "nan"
    assert ending.detail["step"] == 3
    assert set(ending.detail["terms"]) == {"loss/generalised_dice", "loss/generator"}


def test_the_first_of_equal_scores_is_kept(shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_scores(monkeypatch, [0.2, 0.5, 0.5, 0.4])
    run = run_of(small_assignment(shapes, tmp_path, "unet", iterations=8))
    kept = {}
    while (ending := run.advance()) is None:
        if run.iteration == 4:
            kept = {key: value.clone() for key, value in run.learner.modules["generator"].state_dict().items()}
    assert ending.summary == {"val_dice": 0.5, "val_score": 0.5, "best_iteration": 4}
    assert run.best is not None
    assert all(torch.equal(value, kept[key]) for key, value in run.best["weights"]["generator"].items())
    assert not torch.equal(run.learner.modules["generator"].state_dict()["head.weight"], kept["head.weight"])


@pytest.mark.parametrize(
    ("patience", "scores", "end"),
    [
        (1, [0.5, 0.4], 4),
        (2, [0.5, 0.6, 0.6, 0.1], 8),
        (3, [0.5, 0.4, 0.4, 0.6, 0.1, 0.1], 12),
        (None, [0.5, 0.4, 0.4, 0.1, 0.1, 0.1], 12),
    ],
)
def test_patience(  # noqa: PLR0917  # pytest gives all of them by name
    shapes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    patience: int | None,
    scores: list[float],
    end: int,
) -> None:
    with_scores(monkeypatch, scores)
    run = run_of(small_assignment(shapes, tmp_path, "unet", iterations=12, patience=patience))
    ending = to_the_end(run)
    assert (ending.outcome, ending.iterations, run.iteration) == ("completed", end, end)
    assert ending.summary["val_score"] == max(scores)


def test_the_test_part_is_judged_with_the_best_weights(shapes: Path, tmp_path: Path) -> None:
    assignment = small_assignment(shapes, tmp_path / "a", "s4mcl", iterations=6, test=True)
    ending = to_the_end(run_of(assignment))
    with np.load(tmp_path / "a" / "predictions.npz", allow_pickle=False) as kept:
        arrays = dict(kept)
    dataset = open_dataset(shapes)
    part = make_partition(dataset, assignment.partition)
    assert arrays["rows"].tolist() == part.test.tolist()
    count = len(part.test)
    assert arrays["mask_shape"].tolist() == [1, 16, 16]
    masks = np.unpackbits(arrays["masks"], axis=1, count=256).reshape(count, 1, 16, 16)
    assert arrays["class_probabilities"].shape == (count, 2)
    assert np.allclose(arrays["class_probabilities"].sum(1), 1, atol=1e-5)
    named = arrays["class_probabilities"].argmax(1)
    assert ending.test is not None
    assert ending.test["test_accuracy"] == pytest.approx((named == dataset.labels[part.test]).mean())
    true = run_of(replace(assignment, folder=tmp_path / "b")).material.resident.masks[part.test].numpy()
    dice = 2 * (masks & true).sum((1, 2, 3)) / (masks.sum((1, 2, 3)) + true.sum((1, 2, 3)))
    assert np.allclose(arrays["dice"], dice, atol=1e-6)
    assert ending.test["test_dice"] == pytest.approx(dice.mean())


def test_a_trial_that_was_trained_before_is_judged_later(shapes: Path, tmp_path: Path) -> None:
    assignment = small_assignment(shapes, tmp_path / "a", "s4mcl", iterations=6, test=True)
    at_once = to_the_end(run_of(assignment))
    later = replace(assignment, folder=tmp_path / "b")
    to_the_end(run_of(replace(later, test=False)))
    ending = run_of(replace(later, trained=True)).advance()
    assert ending is not None
    assert (ending.outcome, ending.iterations) == ("completed", 6)
    assert (ending.summary, ending.test) == (at_once.summary, at_once.test)
    for name in ("predictions.npz",):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    asked = run_of(replace(later, trained=True, surface_distances=True)).advance()
    assert asked is not None
    assert asked.test is not None
    assert ending.test is not None
    assert asked.test.keys() - ending.test.keys() == {"test_hd95", "test_assd", "test_n_one_empty"}
    with np.load(tmp_path / "b" / "predictions.npz", allow_pickle=False) as kept:
        assert kept["hd95"].mean() == pytest.approx(asked.test["test_hd95"])
    (tmp_path / "b" / "best.pt").write_bytes(b"PK damaged")
    with pytest.raises(InputError, match=r"best\.pt cannot be read: File is not a zip file\.\nCure: put the file back"):
        run_of(replace(later, trained=True)).advance()
    (tmp_path / "b" / "best.pt").unlink()
    with pytest.raises(InputError, match=r"best\.pt is not there"):
        run_of(replace(later, trained=True)).advance()


def test_a_locked_trial_holds_no_test_label_and_trains_alike(shapes: Path, tmp_path: Path) -> None:
    found = {}
    for locked in (True, False):
        run = run_of(replace(small_assignment(shapes, tmp_path / str(locked), "s4mcl"), locked=locked))
        part = run.material.partition.test
        resident = run.material.resident
        assert bool(resident.masks[part].any()) != locked
        assert bool((resident.classes[part] >= 0).any()) != locked
        assert resident.masks[run.material.partition.train].any()
        ending = to_the_end(run)
        found[locked] = (ending.summary, run.reports)
        assert ending.test is None
    assert found[True] == found[False]


@pytest.mark.parametrize("trained", [False, True])
def test_a_locked_trial_is_not_judged_on_the_test_part(shapes: Path, tmp_path: Path, trained: bool) -> None:
    assignment = replace(small_assignment(shapes, tmp_path, "unet", test=True), locked=True)
    assert Assignment.from_dict(assignment.to_dict()) == assignment
    if trained:
        to_the_end(run_of(replace(assignment, test=False)))
    with pytest.raises(InputError, match=r"with test=locked does not read(.|\n)*Cure: "):
        to_the_end(run_of(replace(assignment, trained=trained)))
    assert not (tmp_path / "predictions.npz").exists()


def test_a_trial_saves_itself_now_and_then(shapes: Path, tmp_path: Path) -> None:
    assignment = small_assignment(shapes, tmp_path, "unet", iterations=6)
    often = run_of(replace(assignment, checkpoint_seconds=0.0))
    assert often.advance() is None
    assert (tmp_path / "last.pt").is_file()
    to_the_end(often)
    assert not (tmp_path / "last.pt").exists()


def test_bfloat16_is_finite_and_close(shapes: Path, tmp_path: Path) -> None:
    found = {}
    for precision in ("float32", "bfloat16"):
        run = run_of(
            small_assignment(
                shapes, tmp_path / precision, "s4mcl", precision=precision, hyperparameters={"generator_lr": 1e-3}
            )
        )
        assert to_the_end(run).outcome == "completed"
        found[precision] = {
            name: value for name, value in run.reports[-1]["values"].items() if name.startswith("loss/")
        }
    assert found["bfloat16"] != found["float32"]
    assert found["bfloat16"] == pytest.approx(found["float32"], rel=0.05, abs=0.02)


def test_a_dataset_without_masks_or_with_odd_sizes_is_refused(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "dataset")
    index = pl.read_parquet(path / "index.parquet")
    index.with_columns(has_mask=pl.lit(False)).write_parquet(path / "index.parquet")
    with pytest.raises(InputError, match=r"no image has a mask\n  - image_size 18 was found"):
        run_of(small_assignment(path, tmp_path / "a", "s4mcl", image_size=18))
    with pytest.raises(InputError, match="image_size 16 was found; at depth 4 a multiple of 16, 32 or more"):
        run_of(small_assignment(path, tmp_path / "a", "unet", image_size=16, depth=4))
    run_of(small_assignment(path, tmp_path / "a", "cnn", image_size=16, depth=4))
    index.with_columns(label=pl.lit(None, pl.Int32)).write_parquet(path / "index.parquet")
    with pytest.raises(InputError, match="no image has a class label"):
        run_of(small_assignment(path, tmp_path / "b", "cnn", image_size=8))


def test_all_training_images_may_be_the_unlabelled_pool(shapes: Path, tmp_path: Path) -> None:
    rest = run_of(small_assignment(shapes, tmp_path, "s4mcl"))
    everything = run_of(small_assignment(shapes, tmp_path, "s4mcl", unlabelled_pool="all"))
    labelled, pool = (set(passes.rows.tolist()) for passes in (rest.batches.labelled, rest.batches.unlabelled))
    train = set(rest.material.partition.train.tolist())
    assert not labelled & pool
    assert labelled | pool == train
    assert set(everything.batches.unlabelled.rows.tolist()) == train
