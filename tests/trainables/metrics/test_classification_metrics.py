import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F
from torchmetrics.functional.classification import multiclass_accuracy, multiclass_f1_score

from s4mcl_trainables.metrics import classification_metrics
from s4mcl_trainables.metrics.classification import confusion


@st.composite
def judged(draw: st.DrawFn) -> tuple[torch.Tensor, torch.Tensor, int]:
    classes = draw(st.integers(2, 4))
    pairs = draw(st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1, max_size=12))
    named, labels = torch.tensor(pairs).unbind(1)
    return F.one_hot(named, classes).float(), labels, classes


@given(judged())
def test_equals_torchmetrics(case: tuple[torch.Tensor, torch.Tensor, int]) -> None:
    logits, labels, classes = case
    named = logits.argmax(1)
    found = classification_metrics(logits, labels)
    accuracy = multiclass_accuracy(named, labels, classes, average="micro")
    assert found["accuracy"] == pytest.approx(accuracy.item(), abs=1e-6)
    assert found["macro_f1"] == pytest.approx(multiclass_f1_score(named, labels, classes).item(), abs=1e-6)
    present = labels.unique()
    recall = multiclass_accuracy(named, labels, classes, average="none")[present].mean()
    assert found["balanced_accuracy"] == pytest.approx(recall.item(), abs=1e-6)
    assert found["majority_rate"] == labels.bincount().max().item() / len(labels)


@given(judged())
def test_finite_bounded_and_blind_to_unlabelled_images(case: tuple[torch.Tensor, torch.Tensor, int]) -> None:
    logits, labels, classes = case
    found = classification_metrics(logits, labels)
    assert all(math.isfinite(value) and 0 <= value <= 1 for value in found.values())
    more = torch.cat([logits, torch.randn(3, classes, generator=torch.Generator().manual_seed(0))])
    assert classification_metrics(more, torch.cat([labels, torch.full((3,), -1)])) == found


def test_a_constant_answer_is_the_majority_rate_and_chance() -> None:
    labels = torch.tensor([0, 0, 0, 1])
    found = classification_metrics(torch.tensor([[2.0, 1.0]]).expand(4, -1), labels)
    assert found["accuracy"] == found["majority_rate"] == 0.75
    assert found["balanced_accuracy"] == 0.5
    assert found["macro_f1"] == pytest.approx((2 * 3 / 7 + 0) / 2)


def test_confusion_counts_by_hand() -> None:
    logits = F.one_hot(torch.tensor([0, 1, 1, 2, 0]), 3).float()
    table = confusion(logits, torch.tensor([0, 1, 2, 2, -1]))
    assert table.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]


def test_no_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="no image has a class label"):
        classification_metrics(torch.zeros(2, 2), torch.tensor([-1, -1]))
