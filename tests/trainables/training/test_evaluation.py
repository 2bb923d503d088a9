from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.learner import Prediction
from s4mcl_trainables.training.evaluation import judge, predict, score


class Oracle:
    """A learner whose masks are 0.5 plus a thousandth of the normalised pixel, and whose logits are (0, mean)."""

    def __init__(self) -> None:
        self.modules: dict[str, nn.Module] = {"net": nn.Dropout(0.5)}
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        self.streams: dict[str, torch.Generator] = {}
        self.batches: list[int] = []

    def step(self, batch: Any, iteration: int, rate: float) -> dict[str, Tensor]:
        return {}

    def predict(self, images: Tensor) -> Prediction:
        assert not self.modules["net"].training
        assert not torch.is_grad_enabled()
        self.batches.append(len(images))
        logits = torch.stack([torch.zeros(len(images)), images[:, 0, 8, 8]], 1)
        return Prediction(0.5 + images / 1000, logits)


@pytest.fixture
def resident(shapes: Path) -> Resident:
    return Resident(open_dataset(shapes), 16, torch.device("cpu"))


def test_rows_are_predicted_in_evaluation_mode_and_in_order(resident: Resident) -> None:
    oracle, rows = Oracle(), torch.arange(48).repeat(3).flip(0)
    predictions = predict(oracle, resident, rows)
    assert oracle.modules["net"].training
    assert sum(oracle.batches) == 144
    assert max(oracle.batches) <= 64
    images = resident.take(rows)
    assert predictions.masks is not None
    assert predictions.class_logits is not None
    assert torch.equal(predictions.masks, images > 0)
    assert torch.equal(predictions.class_logits[:, 1], images[:, 0, 8, 8])
    metrics = judge(predictions, resident, rows)
    expected = ((images[:, 0, 8, 8] > 0).long() == resident.classes[rows]).float().mean().item()
    assert metrics["accuracy"] == pytest.approx(expected)
    assert 0 < metrics["dice"] < 1


def test_the_score_is_the_mean_over_the_tasks_that_there_are() -> None:
    assert score({"balanced_accuracy": 0.5, "accuracy": 0.9, "dice": 0.7, "iou": 0.1}) == pytest.approx(0.6)
    assert score({"balanced_accuracy": 0.5, "accuracy": 0.9}) == 0.5
    assert score({"dice": 0.7}) == 0.7
