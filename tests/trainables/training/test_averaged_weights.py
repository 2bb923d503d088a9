"""The average predicts, the plain weights go on."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from s4mcl_trainables.methods import start_training
from s4mcl_trainables.training.run import Run, judge_rows
from small_assignment import small_assignment


def run_of(shapes: Path, folder: Path, ema: float, method: str = "unet") -> Run:
    given = {"ema": ema, "generator_lr": 1e-2}
    run = start_training(small_assignment(shapes, folder, method, hyperparameters=given, iterations=6, report_every=3))
    assert isinstance(run, Run)
    return run


def copied(run: Run) -> dict[str, Tensor]:
    return {name: each.clone() for name, each in run.learner.modules["generator"].state_dict().items()}


def same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_it_is_the_average_counted_by_hand(shapes: Path, tmp_path: Path) -> None:
    """Of weights w1 to w4 with most 0.6: the decays are 0, 1/2, 0.6 and 0.6."""
    run, weights = run_of(shapes, tmp_path, 0.6), []
    for step in range(4):
        run.train(step + 1)
        weights.append(copied(run))
    with run.average.in_place():
        found = copied(run)
    for name in found:
        w1, w2, w3, w4 = (each[name].double() for each in weights)
        expected = 0.6 * (0.6 * (w1 + w2) / 2 + 0.4 * w3) + 0.4 * w4
        assert torch.allclose(found[name].double(), expected, atol=1e-7)


def test_training_goes_on_with_the_plain_weights(shapes: Path, tmp_path: Path) -> None:
    averaged, plain = run_of(shapes, tmp_path / "a", 0.9), run_of(shapes, tmp_path / "b", 0.0)
    for run in (averaged, plain):
        run.advance()  # a report in between
        run.train(5)
    assert same(copied(averaged), copied(plain))
    assert plain.average.state() == {"steps": 0, "weights": []}


def test_the_average_is_judged_and_kept(shapes: Path, tmp_path: Path) -> None:
    run = run_of(shapes, tmp_path, 0.9)
    run.advance()
    assert run.best is not None
    before = copied(run)
    assert not same(run.best["weights"]["generator"], before)
    run.learner.modules["generator"].load_state_dict(run.best["weights"]["generator"])
    assert judge_rows(run.learner, run.material.resident, run.material.partition.validation) == run.best["metrics"]


def test_an_error_while_it_is_in_place_leaves_the_plain_weights(shapes: Path, tmp_path: Path) -> None:
    run = run_of(shapes, tmp_path, 0.9)
    run.train(2)
    before = copied(run)
    try:
        with run.average.in_place():
            assert not same(copied(run), before)
            raise RuntimeError
    except RuntimeError:
        assert same(copied(run), before)
