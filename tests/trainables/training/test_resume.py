"""A resumed trial equals one that was never interrupted, bit for bit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from s4mcl_trainables.methods import method_names, start_training
from s4mcl_trainables.training.assignment import Assignment, Ending
from s4mcl_trainables.training.checkpoint import load_checkpoint
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment

GIVEN: dict[str, dict[str, Any]] = {
    "s4mcl": {"alpha_ramp": "linear", "generator_lr": 1e-2, "discriminator_lr": 1e-2},
    "s4mcl_calm": {"order": "sc", "hard_masks": True},
    "unet": {"generator_lr": 1e-2},
    "cnn": {"discriminator_lr": 1e-2},
}


def run_of(assignment: Assignment) -> Run:
    run = start_training(assignment)
    assert isinstance(run, Run)
    return run


def to_the_end(run: Run) -> Ending:
    while (ending := run.advance()) is None:
        pass
    return ending


def assert_same(one: Any, two: Any, where: str = "state") -> None:
    assert type(one) is type(two), where
    if isinstance(one, dict):
        assert one.keys() == two.keys(), where
        for key in one:
            if key != "seconds":
                assert_same(one[key], two[key], f"{where}/{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(two), where
        for number, (first, second) in enumerate(zip(one, two, strict=True)):
            assert_same(first, second, f"{where}/{number}")
    elif isinstance(one, torch.Tensor):
        assert one.dtype == two.dtype, where
        assert torch.equal(one, two), where
    else:
        assert one == two, where


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", [name for name in method_names() if name != "stub"])
def test_interrupted_at_every_report(name: str, precision: str, shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(
        shapes,
        tmp_path / "whole",
        name,
        hyperparameters=GIVEN.get(name),
        iterations=7,
        report_every=2,
        schedule="cosine",
        precision=precision,
        test=True,
    )
    whole = run_of(given)
    whole_ending = to_the_end(whole)
    folders: list[Path] = []
    for attempt in range(1, 5):
        folder = tmp_path / f"attempt{attempt}"
        run = run_of(replace(given, attempt=attempt, folder=folder, earlier=tuple(reversed(folders))))
        assert run.iteration == 2 * (attempt - 1)
        torch.manual_seed(attempt)  # torch's own stream decides nothing
        ending = run.advance()
        if ending is None:
            run.save()
            folders.append(folder)
    assert ending is not None
    assert_same(run.state(), whole.state())
    assert_same(load_checkpoint(folder / "best.pt"), load_checkpoint(given.folder / "best.pt"))
    assert (ending.summary, ending.test) == (whole_ending.summary, whole_ending.test)
    assert not list(tmp_path.glob("*/last.pt"))
    assert (folder / "predictions.npz").read_bytes() == (given.folder / "predictions.npz").read_bytes()


def test_interrupted_between_reports(shapes: Path, tmp_path: Path) -> None:
    """A checkpoint in the middle of a report holds the sums of its terms."""
    given = small_assignment(shapes, tmp_path / "a", "s4mcl", iterations=6, report_every=3)
    whole = run_of(replace(given, folder=tmp_path / "whole"))
    to_the_end(whole)
    first = run_of(given)
    first.train(2)
    first.save()
    second = run_of(replace(given, attempt=2, folder=tmp_path / "b", earlier=(tmp_path / "a",)))
    assert second.iteration == 2
    second.train(3)
    second._report()
    to_the_end(second)
    assert_same(second.state(), whole.state())


def test_the_newest_attempt_that_kept_something_counts(shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(shapes, tmp_path / "1", "unet", iterations=8)
    first = run_of(given)
    first.advance()
    first.save()
    second = run_of(replace(given, folder=tmp_path / "2", earlier=(tmp_path / "1",)))
    second.advance()
    second.save()
    died_early = tmp_path / "3"
    last = run_of(replace(given, folder=tmp_path / "4", earlier=(died_early, tmp_path / "2", tmp_path / "1")))
    assert last.iteration == 4
    assert [report["iteration"] for report in last.reports] == [2, 4]  # to be sent again


def test_a_checkpoint_at_the_end_only_lacks_its_ending(shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(shapes, tmp_path / "1", "unet")
    first = run_of(given)
    ending = to_the_end(first)
    first.save()
    second = run_of(replace(given, folder=tmp_path / "2", earlier=(tmp_path / "1",)))
    again = second.advance()
    assert again is not None
    assert again.summary == ending.summary
    assert second.reports == first.reports


def test_a_checkpoint_of_another_trial_is_refused(shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(shapes, tmp_path, "unet")
    run_of(given).save()
    with pytest.raises(ValueError, match="was found for trial another"):
        run_of(replace(given, key="another"))
