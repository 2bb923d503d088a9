"""Counts of operations, arithmetic and bytes: of known calls, and of a training step, which must not grow unseen."""

import json
from pathlib import Path

import pytest
import torch

from s4mcl_trainables.counted_work import Work, counted
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.step_profile import StepProfile, kind_of, profile_run
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment

# Of one step at 32x32, width 4, depth 2, 4 + 3 images, float32; a step that needs more has become slower.
MOST = {"unet": Work(183, 47_087_616, 13_484_884), "s4mcl": Work(443, 90_715_008, 28_165_116)}


def test_a_convolution_is_counted_forward_and_backward() -> None:
    layer, x = torch.nn.Conv2d(3, 5, 3, padding=1, bias=False), torch.ones(2, 3, 8, 8, requires_grad=True)
    forward = 2 * 2 * 8 * 8 * 5 * 3 * 9  # two operations each: images, pixels, channels out, channels in, weights
    assert counted(lambda: layer(x)).flops == forward
    assert counted(lambda: layer(x).sum().backward()).flops == 3 * forward


def test_bytes_are_those_of_what_is_read_and_written_and_views_are_free() -> None:
    x = torch.ones(4, 6)
    assert counted(lambda: x + x) == Work(operations=1, flops=0, bytes=3 * 96)
    assert counted(lambda: x.view(6, 4).T) == Work(0, 0, 0)
    assert counted(lambda: x.mul_(2)).operations == 1


@pytest.mark.parametrize("method", sorted(MOST))
def test_a_step_does_no_more_work_than_it_did(shapes: Path, tmp_path: Path, method: str) -> None:
    found = measured(shapes, tmp_path, method)
    most = MOST[method]
    assert found.work.flops == most.flops
    assert found.work.operations <= most.operations
    assert found.work.bytes <= most.bytes


def test_a_profile_tells_parts_that_sum_to_one_and_writes_a_trace(shapes: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    found = measured(shapes, tmp_path, "s4mcl", trace)
    assert sum(share for _, share in found.parts) == pytest.approx(1)
    assert dict(found.parts)["convolutions"] > 0.05
    assert 0 < found.reached < 1
    assert min(found.step, found.report, found.checkpoint, found.limit) > 0
    names = {event.get("name") for event in json.loads(trace.read_text())["traceEvents"]}
    assert "aten::convolution" in names


def test_kinds_of_operations() -> None:
    names = ("aten::mkldnn_convolution", "aten::native_group_norm", "aten::_fused_adam_", "aten::bmm", "aten::mul")
    assert [kind_of(name) for name in names] == [
        *("convolutions", "normalisation", "optimiser", "upsampling", "sums and products")
    ]


def measured(shapes: Path, folder: Path, method: str, trace: Path | None = None) -> StepProfile:
    run = start_training(small_assignment(shapes, folder, method, image_size=32, iterations=100))
    assert isinstance(run, Run)
    return profile_run(run, 2, trace)
