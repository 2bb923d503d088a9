import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.classification import multiclass_auroc

from s4mcl_trainables.metrics.roc_auc import roc_auc


@st.composite
def judged(draw: st.DrawFn) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits on a coarse grid, so that there are ties, and labels in which every class occurs."""
    classes = draw(st.integers(2, 4))
    labels = [*range(classes), *draw(st.lists(st.integers(0, classes - 1), max_size=15))]
    stream = np.random.default_rng(draw(st.integers(0, 1000)))
    return torch.from_numpy(stream.integers(-2, 3, (len(labels), classes)).astype(np.float32)), torch.tensor(labels)


@given(judged())
def test_equals_torchmetrics_where_every_class_occurs(case: tuple[torch.Tensor, torch.Tensor]) -> None:
    logits, labels = case
    theirs = multiclass_auroc(logits.double().softmax(1), labels, logits.shape[1], average="macro")
    assert roc_auc(logits, labels) == pytest.approx(theirs.item(), abs=1e-6)


def test_two_classes_by_hand() -> None:
    logits = torch.tensor([[0.0, 1], [0, 2], [0, 3], [0, 2]])
    assert roc_auc(logits, torch.tensor([0, 0, 1, 1])) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert roc_auc(logits, torch.tensor([1, 1, 0, 0])) == pytest.approx(0.5 / 4)


def test_sure_logits_are_not_tied() -> None:
    logits = torch.tensor([[0.0, 20], [0, 21], [0, 22], [0, 23]])  # softmax in float32 is 1 for all
    assert roc_auc(logits, torch.tensor([0, 0, 1, 1])) == 1


def test_images_without_a_label_do_not_count_and_absent_classes_are_left_out() -> None:
    logits = torch.tensor([[3.0, 1, 0], [1, 3, 0], [2, 2, 9], [0, 9, 0]])
    assert roc_auc(logits, torch.tensor([0, 1, -1, 1])) == roc_auc(logits[[0, 1, 3]], torch.tensor([0, 1, 1])) == 1


@pytest.mark.parametrize("labels", [[1, 1, 1], [-1, -1, -1], [-1, 0, -1]])
def test_undefined_with_fewer_than_two_classes(labels: list[int]) -> None:
    assert roc_auc(torch.randn(3, 2, generator=torch.Generator().manual_seed(0)), torch.tensor(labels)) is None
