"""Where memory runs out, fewer rows at once give the same training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from s4mcl_trainables.methods import start_training
from s4mcl_trainables.methods.micro_batch import MicroBatch, out_of_memory
from s4mcl_trainables.networks.discriminator import Discriminator
from s4mcl_trainables.networks.generator import Generator
from s4mcl_trainables.seeds import generator
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment

STEPS = 20
ERRORS: list[Exception] = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried to"),
    MemoryError(),
]
NETWORKS: dict[str, Callable[[torch.Generator], nn.Module]] = {
    "generator": lambda masks: Generator(
        4, 2, 0.25, precision=torch.float32, weights=generator(1, "weights"), masks=masks, structures=2
    ),
    "discriminator": lambda masks: Discriminator(
        1, 4, 5, 0.25, precision=torch.float32, weights=generator(1, "weights"), masks=masks
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_parts_are_the_whole(name: str, rows: int) -> None:
    """Outputs, gradients of weights and images, and where the streams end; other draws in between harm nothing."""
    found: list[list[Tensor]] = []
    for size in (None, rows):
        masks = generator(2, "masks")
        network, micro = NETWORKS[name](masks), MicroBatch()
        micro.rows = size
        images = torch.randn(7, 1, 32, 32, generator=generator(3, "images")).requires_grad_()
        outputs = micro.through(network, images)
        ends = masks.get_state()
        torch.rand(5, generator=masks)
        later = masks.get_state()
        outputs.square().sum().backward()
        assert torch.equal(masks.get_state(), later)
        assert images.grad is not None
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        assert len(gradients) == len(list(network.parameters()))
        found.append([ends, outputs.detach(), images.grad, *gradients])
    (ends, *whole), (ends_in_parts, *in_parts) = found
    assert torch.equal(ends, ends_in_parts)
    for one, two in zip(whole, in_parts, strict=True):
        assert torch.allclose(one, two, rtol=1e-4, atol=1e-4)


def test_gradients_that_nobody_wants_are_not_made() -> None:
    micro, network = MicroBatch(), NETWORKS["discriminator"](generator(2, "masks"))
    micro.rows = 2
    images = torch.randn(5, 1, 32, 32)
    with torch.no_grad():
        assert not micro.through(network, images).requires_grad
    network.requires_grad_(False)
    assert not micro.through(network, images).requires_grad
    asked = images.clone().requires_grad_()
    micro.through(network, asked).sum().backward()
    assert asked.grad is not None
    assert asked.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in network.parameters())


def narrow(network: nn.Module, most: int, error: Exception, calls: list[int]) -> None:
    """Let the memory hold a pass of `most` rows."""
    whole = network.forward

    def forward(x: Tensor) -> Tensor:
        calls.append(len(x))
        if len(x) > most:
            raise error
        result: Tensor = whole(x)
        return result

    network.forward = forward  # type: ignore[method-assign]  # for this test alone


def run_of(shapes: Path, folder: Path, name: str, **settings: Any) -> Run:
    run = start_training(small_assignment(shapes, folder, name, **{"iterations": STEPS, **settings}))
    assert isinstance(run, Run)
    return run


def losses_of(run: Run) -> list[dict[str, float]]:
    found = []
    for _ in range(STEPS):
        run.train(run.iteration + 1)
        found.append(run.terms.take())
    return found


CASES: list[tuple[str, dict[str, Any]]] = [
    ("s4mcl", {}),
    ("s4mcl", {"adversarial_weight": 0.0}),
    ("s4mcl", {"hard_masks": True, "alpha_ramp": "linear"}),
    ("s4mcl_calm", {"order": "sc", "adversarial_weight": 1.0}),
    (
        "s4mcl_improved",
        {"spectral_norm": True, "feature_matching": 1.0, "pseudo_classes": 1.0, "pseudo_threshold": 0.5},
    ),
    ("s2mcl_k1", {}),
    ("unet", {}),
    ("cnn", {}),
    ("mtl", {}),
    ("ssl_seg", {}),
    ("ssl_cls", {}),
    ("mean_teacher", {}),
    ("cps", {}),
    ("fixmatch", {}),
    ("ua_mt", {}),
    ("multimix", {"saliency_bridge": False}),  # whose map jumps where a rounding moves a pixel over a kink
]


@pytest.mark.parametrize(("name", "given"), CASES, ids=[f"{name} {given}" for name, given in CASES])
@pytest.mark.parametrize("most", [1, 3])
def test_twenty_steps_are_those_of_an_undisturbed_run(
    shapes: Path, tmp_path: Path, name: str, given: dict[str, Any], most: int
) -> None:
    """Losses and weights agree to 1e-5 (5e-7 and 8e-8 were found), and every stream stands where it would."""
    whole, halved = (run_of(shapes, tmp_path / each, name, hyperparameters=given) for each in ("a", "b"))
    calls: list[int] = []
    for module in halved.learner.modules.values():
        narrow(module, most, ERRORS[most % 3], calls)
    expected, found = losses_of(whole), losses_of(halved)
    assert max(calls) > most
    assert halved.learner.micro.rows is not None
    assert halved.learner.micro.rows <= most
    for one, two in zip(expected, found, strict=True):
        assert one.keys() == two.keys()
        assert two == pytest.approx(one, rel=1e-5, abs=1e-5)
    for key, stream in whole.learner.streams.items():
        assert torch.equal(stream.get_state(), halved.learner.streams[key].get_state()), key
    for key, module in whole.learner.modules.items():
        twin = dict(halved.learner.modules[key].named_parameters())
        for place, value in module.named_parameters():
            if not place.endswith("bias"):  # instance norm undoes a bias: its gradient is rounding alone
                assert torch.allclose(value, twin[place], rtol=0, atol=1e-5), (key, place)


def test_in_bfloat16_the_losses_are_close(shapes: Path, tmp_path: Path) -> None:
    """To 5e-3 (1e-3 was found): a part's gradient of a weight is rounded to bfloat16 before the parts are summed."""
    whole, halved = (run_of(shapes, tmp_path / each, "s4mcl", precision="bfloat16") for each in ("a", "b"))
    for module in halved.learner.modules.values():
        narrow(module, 3, ERRORS[0], [])
    for one, two in zip(losses_of(whole), losses_of(halved), strict=True):
        for name in one:
            if name.startswith("loss/"):
                assert two[name] == pytest.approx(one[name], abs=5e-3), name


@pytest.mark.parametrize("order", ["cs", "sc"])
@pytest.mark.parametrize("fails_at", range(1, 12))
def test_no_network_steps_twice_wherever_memory_runs_out(
    shapes: Path, tmp_path: Path, order: str, fails_at: int
) -> None:
    """The passes of a step fail in turn, one by one, the second network's too, after the first has stepped."""
    runs = [run_of(shapes, tmp_path / each, "s4mcl", hyperparameters={"order": order}) for each in ("a", "b")]
    whole, disturbed = runs
    count = 0
    for module in disturbed.learner.modules.values():
        original = module.forward

        def forward(x: Tensor, original: Any = original) -> Tensor:
            nonlocal count
            count += 1
            if count == fails_at:
                raise ERRORS[0]
            result: Tensor = original(x)
            return result

        module.forward = forward  # type: ignore[method-assign]  # for this test alone
    for _ in range(4):
        whole.train(whole.iteration + 1)
        disturbed.train(disturbed.iteration + 1)
        assert disturbed.terms.take() == pytest.approx(whole.terms.take(), rel=1e-5, abs=1e-5)
    assert count >= fails_at
    assert disturbed.learner.micro.rows is not None
    for key, optimiser in disturbed.learner.optimisers.items():
        assert {int(state["step"]) for state in optimiser.state.values()} == {4}, key
        assert all(parameter.requires_grad for parameter in disturbed.learner.modules[key].parameters())


@pytest.mark.parametrize("fails_at", [1, 2, 9])
def test_memory_runs_out_while_adam_makes_its_moments(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """In the first step: those that were made are not taken for whole."""
    whole, disturbed = (run_of(shapes, tmp_path / each, "s4mcl") for each in ("a", "b"))
    whole.train(2)
    original, count = torch.zeros_like, 0

    def zeros_like(*given: Any, **options: Any) -> Tensor:
        nonlocal count
        count += 1
        if count == fails_at:
            raise ERRORS[0]
        return original(*given, **options)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "zeros_like", zeros_like)
        disturbed.train(2)
    assert count > fails_at
    assert disturbed.learner.micro.rows is not None
    assert disturbed.terms.take() == pytest.approx(whole.terms.take(), rel=1e-5, abs=1e-5)
    for key, optimiser in disturbed.learner.optimisers.items():
        assert {int(state["step"]) for state in optimiser.state.values()} == {2}, key


def test_it_is_recorded_and_gone_on_with(shapes: Path, tmp_path: Path) -> None:
    run = run_of(shapes, tmp_path / "a", "unet", iterations=6)
    assert run.advance() is None
    narrow(run.learner.modules["generator"], 2, ERRORS[0], [])
    assert run.advance() is None
    run.save()
    assert [report["values"].get("micro_batch") for report in run.reports] == [None, 2.0]
    again = run_of(shapes, tmp_path / "a", "unet", iterations=6)
    assert (again.iteration, again.learner.micro.rows) == (4, 2)
    ending = again.advance()
    assert ending is not None
    assert ending.detail == {"micro_batch": 2}
    assert run.advance() == ending or run.reports[-1] == again.reports[-1]


def test_judging_runs_out_of_memory_too(shapes: Path, tmp_path: Path) -> None:
    """A validation pass has more rows than a step: then the step stays whole."""
    run = run_of(shapes, tmp_path, "unet", iterations=2)
    validation = len(run.material.partition.validation)
    assert validation > 4
    calls: list[int] = []
    narrow(run.learner.modules["generator"], validation - 1, ERRORS[2], calls)
    ending = run.advance()
    assert ending is not None
    assert ending.outcome == "completed"
    assert run.learner.micro.rows == validation // 2
    assert calls[:2] == [4, 4]


def test_a_single_row_that_is_too_much_is_an_error(shapes: Path, tmp_path: Path) -> None:
    for error in ERRORS:
        run = run_of(shapes, tmp_path, "cnn")
        calls: list[int] = []
        narrow(run.learner.modules["network"], 0, error, calls)
        with pytest.raises(type(error)):
            run.advance()
        assert calls == [4, 2, 1]


def test_other_errors_are_no_reason_to_halve(shapes: Path, tmp_path: Path) -> None:
    run = run_of(shapes, tmp_path, "cnn")
    calls: list[int] = []
    narrow(run.learner.modules["network"], 0, RuntimeError("expected scalar type Float"), calls)
    with pytest.raises(RuntimeError, match="expected scalar type Float"):
        run.advance()
    assert calls == [4]


def test_what_torch_says_of_memory_is_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50)
    assert out_of_memory(caught.value)
    assert all(map(out_of_memory, ERRORS))
    assert not out_of_memory(RuntimeError("shapes cannot be multiplied"))
    assert not out_of_memory(OSError("out of memory"))
