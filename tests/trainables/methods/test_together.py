"""Trials that train as one program have the numbers that each has alone.

In float32 the losses of 20 steps agree to a ten-thousandth (RTOL), predictions after them to a thousandth: sums are
taken in another order, no more, and where a maximum falls the other way the difference grows with the learning rate.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.cnn import CNN
from s4mcl_trainables.methods.cnn import Hyperparameters as OfCNN
from s4mcl_trainables.methods.game import Game
from s4mcl_trainables.methods.learner import Learner, Problem, learner_state, restore_learner
from s4mcl_trainables.methods.together import Together
from s4mcl_trainables.methods.unet import Hyperparameters as OfUNet
from s4mcl_trainables.methods.unet import UNet
from s4mcl_trainables.networks.stacked import Stack
from s4mcl_trainables.training.batches import Batches

STEPS = 20
RTOL = 1e-4
PROBLEM = Problem(
    classes=2,
    structures=1,
    width=4,
    depth=2,
    iterations=STEPS,
    seed=0,
    device=torch.device("cpu"),
    precision=torch.float32,
)
Make = Callable[[int], Learner]
Terms = dict[str, torch.Tensor]


def of_seed(seed: int, precision: torch.dtype = torch.float32) -> Problem:
    return replace(PROBLEM, seed=seed, precision=precision)


def draws(resident: Resident, seed: int) -> Batches:
    train = torch.arange(20).numpy()
    return Batches(resident, train[:6], train[6:], batch_labelled=4, batch_unlabelled=3, seed=seed)


def alone(learners: Sequence[Learner], resident: Resident, steps: int = STEPS) -> list[list[Terms]]:
    told = []
    for seed, learner in enumerate(learners):
        batches = draws(resident, seed)
        told.append([learner.step(batches.draw(), step, rate_at(step)) for step in range(steps)])
    return told


def together(learners: Sequence[Learner], resident: Resident, steps: int = STEPS) -> list[list[Terms]]:
    pack, batches = Together(learners), [draws(resident, seed) for seed in range(len(learners))]
    told: list[list[Terms]] = [[] for _ in learners]
    for step in range(steps):
        given = [(each.draw(), step, rate_at(step)) for each in batches]
        for terms, found in zip(told, pack.step(given), strict=True):
            terms.append(found)
    pack.dissolve()
    return told


def rate_at(step: int) -> float:
    return 10 / (1 + step)


def assert_agree(one: Sequence[Learner], other: Sequence[Learner], told: Sequence[list[list[Terms]]]) -> None:
    for found, wanted in zip(*told, strict=True):
        for now, then in zip(found, wanted, strict=True):
            assert now.keys() == then.keys()
            for name in now:
                tolerance = 0.3 if name.endswith("accuracy") else RTOL  # of few images one may lie on the border
                assert torch.isclose(now[name], then[name], rtol=RTOL, atol=tolerance), name
    images = torch.randn(4, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    for a, b in zip(one, other, strict=True):
        # Not weight by weight: a bias before instance norm has a gradient of rounding alone, which Adam makes large.
        with torch.no_grad():
            for x, y in zip(vars(a.predict(images)).values(), vars(b.predict(images)).values(), strict=True):
                assert x is y is None or torch.allclose(x, y, rtol=0, atol=1e-3)
        for name, stream in a.streams.items():
            assert torch.equal(stream.get_state(), b.streams[name].get_state()), "the same draws"


GAMES: dict[str, Sequence[Mapping[str, Any]]] = {
    "seeds": [{}, {}, {}],
    "numbers of the loss": [{"adversarial_weight": 0.1}, {"alpha": 0.25}, {"generator_lr": 3e-4}],
    "transform sets": [{}, {"transforms": ("identity", "hflip")}, {"transforms": ("identity", "rot90", "rot180")}],
    "calm": [{"class_on_predicted": True, "mask_softening": 0.1, "hard_masks": True}] * 2,
    "refined": [
        {"spectral_norm": True, "gradient_penalty": 1.0, "label_smoothing": 0.1, "consistency": 1.0},
        {"spectral_norm": True, "gradient_penalty": 5.0, "label_smoothing": 0.2, "consistency": 0.1},
    ],
    "features and sets": [
        {"feature_matching": 1.0, "pseudo_classes": 1.0, "pseudo_threshold": 0.5},
        {"feature_matching": 0.1, "pseudo_classes": 1.0, "pseudo_threshold": 0.5, "transforms": ("identity", "hflip")},
    ],
    "layouts": [{"layout": "joint"}, {"layout": "factorised"}, {"layout": "heads"}],
    "dropout": [{"dropout": 0.5}, {"dropout": 0.0}, {}],
    "s before c": [{"order": "sc"}, {"order": "sc"}],
    "one without unlabelled terms": [{}, {"alpha": 0.0}, {}],
    "one without adversary": [{"adversarial_weight": 0.0}, {}],
    "ramps": [{"alpha_ramp": "linear"}, {"alpha_ramp": "sigmoid"}],
    "one alone": [{}],
}


@pytest.mark.parametrize("what", GAMES)
def test_games(make_game: Callable[..., Game], resident: Resident, what: str) -> None:
    one, other = (
        [make_game(problem=of_seed(seed), **given) for seed, given in enumerate(GAMES[what])] for _ in range(2)
    )
    assert_agree(one, other, [together(one, resident), alone(other, resident)])


@pytest.mark.parametrize("kind", [UNet, CNN])
def test_single_task_methods(resident: Resident, kind: type[Learner]) -> None:
    makes: dict[type[Learner], Make] = {
        UNet: lambda seed: UNet(of_seed(seed), OfUNet(generator_lr=1e-4 * (1 + seed))),
        CNN: lambda seed: CNN(of_seed(seed), OfCNN(discriminator_lr=1e-4 * (1 + seed))),
    }
    one, other = ([makes[kind](seed) for seed in range(3)] for _ in range(2))
    assert_agree(one, other, [together(one, resident), alone(other, resident)])


@pytest.mark.parametrize("name", ["mtl", "ssl_seg", "ssl_cls", "mean_teacher", "cps", "fixmatch", "ua_mt", "multimix"])
def test_methods_beside_the_game(make_learner: Callable[..., Learner], resident: Resident, name: str) -> None:
    one, other = ([make_learner(name, problem=of_seed(seed)) for seed in range(3)] for _ in range(2))
    assert_agree(one, other, [together(one, resident), alone(other, resident)])


def test_in_bfloat16_they_agree_as_far_as_it_reaches(make_game: Callable[..., Game], resident: Resident) -> None:
    one, other = ([make_game(problem=of_seed(seed, torch.bfloat16)) for seed in range(2)] for _ in range(2))
    told = together(one, resident, 5), alone(other, resident, 5)
    for found, wanted in zip(*told, strict=True):
        for now, then in zip(found, wanted, strict=True):
            for name in [name for name in now if name.startswith("loss/")]:
                assert torch.isclose(now[name], then[name], rtol=0.05, atol=0.02), name


def test_large_passes_are_made_for_all_at_once(make_game: Callable[..., Game], resident: Resident) -> None:
    """Three passes a step for three trials: masks, C over all pairs, C for S."""
    calls: list[int] = []
    pack = Together([make_game(problem=of_seed(seed)) for seed in range(3)])
    for stack in pack._stacks:
        stack._network.register_forward_hook(lambda module, x, y: calls.append(y.shape[1]))
    for learner in pack.learners:
        for module in learner.modules.values():
            module.register_forward_hook(lambda module, x, y: pytest.fail("a network was called by itself"))
    pack.step([(draws(resident, seed).draw(), 0, 1.0) for seed in range(3)])
    assert calls == [3, 27, 27]


def test_members_leave_one_by_one(make_game: Callable[..., Game], resident: Resident) -> None:
    """A pack of three, then of two, then one: each as if it had been alone all the time."""
    one, other = ([make_game(problem=of_seed(seed)) for seed in range(3)] for _ in range(2))
    batches = [draws(resident, seed) for seed in range(3)]
    told: list[list[Terms]] = [[], [], []]
    for left, first in ((3, 0), (2, 5), (1, 10)):
        pack = Together(one[:left])
        for step in range(first, first + 5):
            given = [(each.draw(), step, rate_at(step)) for each in batches[:left]]
            for terms, found in zip(told[:left], pack.step(given), strict=True):
                terms.append(found)
        pack.dissolve()
    wanted = [found[: 15 - 5 * seed] for seed, found in enumerate(alone(other, resident, 15))]
    for found, then in zip(told, wanted, strict=True):
        for now, before in zip(found, then, strict=True):
            assert torch.isclose(now["loss/generator"], before["loss/generator"], rtol=RTOL)
    assert not {x.untyped_storage().data_ptr() for x in one[0].generator.parameters()} & {
        x.untyped_storage().data_ptr() for x in one[2].generator.parameters()
    }


def test_a_member_is_saved_and_restored_as_if_it_were_alone(make_game: Callable[..., Game], resident: Resident) -> None:
    learners = [make_game(problem=of_seed(seed)) for seed in range(2)]
    pack, batches = Together(learners), [draws(resident, seed) for seed in range(2)]
    pack.step([(each.draw(), 0, 1.0) for each in batches])
    state = learner_state(learners[1])
    for module in state["modules"].values():
        for x in module.values():
            assert x.untyped_storage().nbytes() == x.nbytes, "a checkpoint holds its own trial alone"
    twin = make_game(problem=of_seed(7))
    restore_learner(twin, state)
    batch = batches[1].draw()
    wanted = twin.step(batch, 1, 1.0)
    found = pack.step([(batches[0].draw(), 1, 1.0), (batch, 1, 1.0)])[1]
    assert torch.isclose(found["loss/generator"], wanted["loss/generator"], rtol=RTOL)


@pytest.mark.parametrize("at", [0, 1, 2, 3, 7])
def test_where_memory_runs_out_for_all_each_goes_on_by_itself(
    make_game: Callable[..., Game], resident: Resident, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    one, other = ([make_game(problem=of_seed(seed)) for seed in range(2)] for _ in range(2))
    passes = 0
    as_it_is = Stack.__call__

    def short(stack: Stack, x: torch.Tensor) -> torch.Tensor:
        nonlocal passes
        passes += 1
        if passes == at + 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return as_it_is(stack, x)

    monkeypatch.setattr(Stack, "__call__", short)
    assert_agree(one, other, [together(one, resident, 5), alone(other, resident, 5)])
    assert [learner.micro.rows for learner in one] == [None, None], "memory sufficed for each"


def test_networks_of_other_shapes_are_called_by_themselves(make_game: Callable[..., Game], resident: Resident) -> None:
    def both() -> list[Learner]:
        return [make_game(problem=replace(of_seed(seed), width=4 + 2 * seed)) for seed in range(2)]

    one, other = both(), both()
    assert not Together(one)._stacks
    assert_agree(one, other, [together(one, resident, 3), alone(other, resident, 3)])
