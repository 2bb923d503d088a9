import torch

from s4mcl_trainables.methods.learner import Prediction
from s4mcl_trainables.training.predictor import averaged


def test_probabilities_are_averaged_and_not_logits() -> None:
    soft = torch.rand(2, 3, 1, 4, 4)
    logits = torch.tensor([[[4.0, 0.0]] * 3, [[-1.0, 0.0]] * 3])
    masks, classes = averaged([Prediction(soft[0], logits[0]), Prediction(soft[1], logits[1])])
    assert masks is not None
    assert classes is not None
    assert torch.equal(masks, (soft[0] + soft[1]) / 2)
    expected = (torch.sigmoid(torch.tensor(4.0)) + torch.sigmoid(torch.tensor(-1.0))) / 2
    assert torch.allclose(classes, torch.stack([expected, 1 - expected]).expand(3, 2))


def test_a_task_that_is_lacking_has_no_mean() -> None:
    assert averaged([Prediction(None, torch.zeros(2, 2))])[0] is None
    masks, classes = averaged([Prediction(torch.ones(2, 1, 4, 4, dtype=torch.bfloat16), None)])
    assert masks is not None
    assert masks.dtype == torch.float32
    assert classes is None
