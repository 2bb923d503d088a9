import itertools
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from s4mcl_trainables.problems import InputError
from s4mcl_trainables.transforms import (
    ELEMENTS,
    NAMED_SETS,
    NAMES,
    TransformSet,
    compose,
    composition_table,
    inverse,
    transform_set,
)

ALL = TransformSet(NAMES)
elements = st.sampled_from(NAMES)


def image(size: int = 5) -> torch.Tensor:
    return torch.arange(size * size).view(1, 1, size, size)


def transformed(name: str, x: torch.Tensor) -> torch.Tensor:
    return ALL.apply(x, torch.full((len(x),), NAMES.index(name)))


TORCH = {
    "identity": lambda x: x,
    "hflip": lambda x: torch.flip(x, (-1,)),
    "vflip": lambda x: torch.flip(x, (-2,)),
    "rot90": lambda x: torch.rot90(x, 1, (-2, -1)),
    "rot180": lambda x: torch.rot90(x, 2, (-2, -1)),
    "rot270": lambda x: torch.rot90(x, 3, (-2, -1)),
    "transpose": lambda x: x.mT,
    "antitranspose": lambda x: torch.rot90(x.mT, 2, (-2, -1)),
}


@pytest.mark.parametrize("name", NAMES)
def test_each_element_is_torchs_own(name: str) -> None:
    assert torch.equal(transformed(name, image()), TORCH[name](image()))


def test_eight_elements_are_pairwise_distinct() -> None:
    assert len({tuple(transformed(name, image(2)).flatten().tolist()) for name in NAMES}) == 8


@given(elements, elements, st.integers(1, 7))
def test_composition_is_closed_and_true_of_images(first: str, then: str, size: int) -> None:
    assert compose(first, then) in NAMES
    both = transformed(then, transformed(first, image(size)))
    assert torch.equal(both, transformed(compose(first, then), image(size)))


@given(elements, elements, elements)
def test_composition_is_associative(a: str, b: str, c: str) -> None:
    assert compose(compose(a, b), c) == compose(a, compose(b, c))


@given(elements)
def test_identity_and_inverse(name: str) -> None:
    assert compose(name, "identity") == compose("identity", name) == name
    assert compose(name, inverse(name)) == compose(inverse(name), name) == "identity"
    assert torch.equal(transformed(inverse(name), transformed(name, image())), image())


def test_known_products() -> None:
    assert compose("hflip", "vflip") == compose("vflip", "hflip") == "rot180"
    assert compose("rot90", "rot90") == "rot180"
    assert inverse("rot90") == "rot270"
    assert [name for name in NAMES if inverse(name) == name] == [n for n in NAMES if n not in {"rot90", "rot270"}]
    assert compose("hflip", "rot90") != compose("rot90", "hflip")  # D4 is not commutative


def test_composition_table_is_a_latin_square() -> None:
    table = composition_table()
    assert table.shape == (8, 8)
    for line in [*table, *table.T]:
        assert sorted(line.tolist()) == list(range(8))
    assert NAMES[int(table[NAMES.index("hflip"), NAMES.index("vflip")])] == "rot180"


@given(st.integers(1, 9), st.sampled_from(sorted(NAMED_SETS)))
def test_permutations_are_bijections(size: int, named: str) -> None:
    table = transform_set(named).permutations(size)
    assert table.shape == (len(NAMED_SETS[named]), size * size)
    assert torch.equal(table.sort(1).values, torch.arange(size * size).expand_as(table))


@given(st.data())
def test_each_image_of_a_batch_gets_its_own_element(data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(NAMES[1:]), min_size=1))
    chosen = TransformSet(["identity", *names])
    batch, channels, size = (data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3)), data.draw(st.integers(1, 6)))
    images = torch.randn(batch, channels, size, size, generator=torch.Generator().manual_seed(0))
    tau = torch.tensor(data.draw(st.lists(st.integers(0, len(chosen) - 1), min_size=batch, max_size=batch)))
    expected = torch.stack([TORCH[chosen.names[t]](x) for x, t in zip(images, tau.tolist(), strict=True)])
    found = chosen.apply(images, tau)
    assert torch.equal(found, expected)
    assert found.is_contiguous()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.bool, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("channels", [1, 2])
def test_gather_is_select_then_apply(dtype: torch.dtype, channels: int) -> None:
    images = torch.randint(0, 60000, (9, channels, 6, 6), generator=torch.Generator().manual_seed(1)).to(dtype)
    rows, tau = torch.tensor([8, 0, 3, 3, 5, 5, 1]), torch.tensor([7, 6, 5, 4, 3, 2, 1])
    found = ALL.gather(images, rows, tau)
    expected = torch.stack([TORCH[NAMES[t]](images[r].long()) for r, t in zip(rows, tau, strict=True)]).to(dtype)
    assert found.dtype == dtype
    assert torch.equal(found, expected)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_way_of_a_gpu_gives_what_the_way_of_a_cpu_gives(dtype: torch.dtype, channels: int) -> None:
    images = torch.randint(0, 256, (9, 2 * channels, 6, 6), generator=torch.Generator().manual_seed(3)).to(dtype)[
        :, ::2
    ]
    rows, tau = torch.tensor([8, 0, 3, 3, 5, 5, 1, 2]), torch.arange(8).flip(0)
    one, other = ALL.gather_at_once(images, rows, tau), ALL.gather_by_views(images, rows, tau)
    assert one.dtype == other.dtype == dtype
    assert torch.equal(one, other)
    assert one.is_contiguous()
    assert other.is_contiguous()
    nothing = torch.empty(0, dtype=torch.int64)
    for way in (ALL.gather, ALL.gather_at_once, ALL.gather_by_views):
        assert way(images, nothing, nothing).shape == (0, channels, 6, 6)


@pytest.mark.parametrize("way", [TransformSet.gather_at_once, TransformSet.gather_by_views])
def test_gradients_come_back_whichever_way(way: Callable[[TransformSet, Tensor, Tensor, Tensor], Tensor]) -> None:
    x = torch.randn(8, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.arange(16.0, dtype=torch.float64).view(1, 1, 4, 4)
    (way(ALL, x, torch.arange(8), torch.arange(8)) * weight).sum().backward()
    assert x.grad is not None
    for name, gradient in zip(NAMES, x.grad, strict=True):
        assert torch.equal(gradient[None], TORCH[inverse(name)](weight))


def test_channels_last_and_sliced_images() -> None:
    images = torch.randn(4, 6, 5, 5, generator=torch.Generator().manual_seed(2))
    tau = torch.tensor([1, 3, 6, 7])
    expected = ALL.apply(images, tau)
    assert torch.equal(ALL.apply(images.to(memory_format=torch.channels_last), tau), expected)
    assert torch.equal(ALL.apply(images[:, ::2], tau), expected[:, ::2])


def test_a_table_first_used_in_inference_mode_serves_training() -> None:
    size = 11  # a size that no other test uses, so that the table is made here
    with torch.inference_mode():
        ALL.apply(torch.zeros(1, 1, size, size), torch.tensor([1]))
    x = torch.zeros(1, 1, size, size, requires_grad=True)
    ALL.apply(x, torch.tensor([1])).sum().backward()
    assert x.grad is not None


def test_oblong_images_are_refused() -> None:
    with pytest.raises(ValueError, match="4x6"):
        ALL.apply(torch.zeros(1, 1, 4, 6), torch.tensor([0]))


def test_named_sets_have_the_order_of_the_reference_step() -> None:
    assert transform_set("d4_6").names == ("identity", "hflip", "vflip", "rot90", "rot180", "rot270")
    assert [len(transform_set(name)) for name in ("rot4", "flip3", "d4_8")] == [4, 3, 8]


def test_order_of_names_does_not_matter() -> None:
    for names in itertools.permutations(["identity", "rot90", "hflip"]):
        assert TransformSet(names) == transform_set(names) == TransformSet(("identity", "hflip", "rot90"))
    assert len({TransformSet(["identity", "hflip"]), TransformSet(["hflip", "identity"])}) == 1


def test_inverse_names_may_leave_the_set() -> None:
    assert TransformSet(["identity", "rot90"]).inverse_names == ("identity", "rot270")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["hflip", "vflip"], ["'identity' is missing"]),
        (["identity"], ["stands alone"]),
        ([], ["'identity' is missing"]),
        (["identity", "hflip", "hflip"], ["'hflip' stands 2 times"]),
        (["rot9", "hflipp"], ["'rot9', did you mean 'rot90'?", "did you mean 'hflip'?", "'identity' is missing"]),
    ],
)
def test_unusable_sets_are_refused_with_every_problem(names: list[str], told: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        TransformSet(names)
    for text in told:
        assert text in str(caught.value)


def test_unknown_named_set_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'd4_6'"):
        transform_set("d46")


def test_elements_are_in_canonical_order() -> None:
    assert tuple(ELEMENTS) == NAMES
    assert ALL.names == NAMES
