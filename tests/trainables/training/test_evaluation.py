from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.learner import Prediction
from s4mcl_trainables.training import evaluation
from s4mcl_trainables.training.evaluation import Predictions, batch_size, judge, judge_test, predict, score
from s4mcl_trainables.training.predictions import save_predictions


class Oracle:
    """A learner whose masks are 0.5 plus a thousandth of the normalised pixel, and whose logits are (0, mean)."""

    def __init__(self) -> None:
        self.modules: dict[str, nn.Module] = {"net": nn.Dropout(0.5)}
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        self.streams: dict[str, torch.Generator] = {}
        self.batches: list[int] = []
        self.symmetric = False

    def step(self, batch: Any, iteration: int, rate: float) -> dict[str, Tensor]:
        return {}

    def predict(self, images: Tensor) -> Prediction:
        assert not self.modules["net"].training
        assert torch.is_inference_mode_enabled()
        self.batches.append(len(images))
        logits = torch.stack([torch.zeros(len(images)), images[:, 0, 8, 8]], 1)
        return Prediction(0.5 + images / 1000, logits)


@pytest.fixture
def resident(shapes: Path) -> Resident:
    return Resident(open_dataset(shapes), 16, torch.device("cpu"))


def test_rows_are_predicted_in_evaluation_mode_and_in_order(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(evaluation.PIXELS, "cpu", 64 * 16 * 16)
    oracle, rows = Oracle(), torch.arange(48).repeat(3).flip(0)
    predictions = predict(oracle, resident, rows)
    assert oracle.modules["net"].training
    assert oracle.batches == [64, 64, 16]
    images = resident.take(rows)
    assert predictions.masks is not None
    assert predictions.class_logits is not None
    assert torch.equal(predictions.masks, images > 0)
    assert torch.equal(predictions.class_logits[:, 1], images[:, 0, 8, 8])
    metrics = judge(predictions, resident, rows)
    expected = ((images[:, 0, 8, 8] > 0).long() == resident.classes[rows]).float().mean().item()
    assert metrics["accuracy"] == pytest.approx(expected)
    assert 0 < metrics["dice"] < 1


def test_a_batch_is_as_large_as_suits_the_device(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    for size in (64, 128, 1024):
        monkeypatch.setattr(resident, "size", size)
        sizes.append(batch_size(resident))
    assert sizes == [64, 16, 1]


def test_the_score_is_the_mean_over_the_tasks_that_there_are() -> None:
    assert score({"balanced_accuracy": 0.5, "accuracy": 0.9, "dice": 0.7, "iou": 0.1}) == pytest.approx(0.6)
    assert score({"balanced_accuracy": 0.5, "accuracy": 0.9}) == 0.5
    assert score({"dice": 0.7}) == 0.7


def test_the_test_part_is_judged_by_more_than_validation(resident: Resident) -> None:
    rows = torch.arange(40, 4, -1)
    predictions = predict(Oracle(), resident, rows)
    cheap, judged = judge(predictions, resident, rows), judge_test(predictions, resident, rows, distances=True)
    assert {"macro_f1", "accuracy", "balanced_accuracy", "majority_rate", "dice", "iou"} < cheap.keys()
    assert judged.metrics.keys() - cheap.keys() == {"auc", "hd95", "assd", "n_one_empty"}
    assert {name: judged.metrics[name] for name in cheap} == cheap
    for name in ("dice", "iou", "hd95", "assd"):
        assert judged.images[name].shape == (36,)
        assert judged.metrics[name] == pytest.approx(judged.images[name].mean(), rel=1e-6)


def test_surface_distances_are_measured_where_they_are_asked_for_alone(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = torch.arange(8)
    predictions = predict(Oracle(), resident, rows)
    with_distances = judge_test(predictions, resident, rows, distances=True)
    monkeypatch.delattr(evaluation, "surface_distances")
    judged = judge_test(predictions, resident, rows)
    assert with_distances.metrics.keys() - judged.metrics.keys() == {"hd95", "assd", "n_one_empty"}
    assert judged.metrics == {name: with_distances.metrics[name] for name in judged.metrics}
    assert set(judged.images) == {"dice", "iou"}


def test_an_undefined_auc_is_none(resident: Resident) -> None:
    rows = torch.arange(48)[resident.classes == 1]
    judged = judge_test(predict(Oracle(), resident, rows), resident, rows)
    assert judged.metrics["auc"] is None
    assert judged.metrics["accuracy"] is not None


def test_kept_predictions_hold_what_per_image_statistics_need(resident: Resident, shapes: Path, tmp_path: Path) -> None:
    rows, dataset = torch.tensor([5, 3, 40, 17]), open_dataset(shapes)
    predictions = predict(Oracle(), resident, rows)
    judged = judge_test(predictions, resident, rows, distances=True)
    save_predictions(tmp_path / "kept.npz", predictions, judged, resident, rows, groups=dataset.groups)
    with np.load(tmp_path / "kept.npz", allow_pickle=False) as file:
        kept = dict(file)
    assert kept["rows"].tolist() == rows.tolist()
    assert kept["labels"].tolist() == dataset.labels[rows].tolist()
    assert kept["groups"].tolist() == dataset.groups[rows].tolist()
    assert {kept[name].dtype for name in ("rows", "labels", "groups")} == {np.dtype(np.int64)}
    for name in ("dice", "iou", "hd95", "assd"):
        assert kept[name].tolist() == judged.images[name].tolist()
        assert kept[name].dtype == np.float32
    assert [path.name for path in tmp_path.iterdir()] == ["kept.npz"]


def test_a_method_without_masks_keeps_labels_and_groups(resident: Resident, shapes: Path, tmp_path: Path) -> None:
    rows = torch.arange(8)
    predictions = Predictions(None, torch.zeros(8, 2))
    judged = judge_test(predictions, resident, rows)
    assert judged.metrics.keys() == {"accuracy", "balanced_accuracy", "majority_rate", "macro_f1", "auc"}
    save_predictions(tmp_path / "kept.npz", predictions, judged, resident, rows, groups=open_dataset(shapes).groups)
    with np.load(tmp_path / "kept.npz", allow_pickle=False) as file:
        assert set(file) == {"rows", "labels", "groups", "class_probabilities"}
