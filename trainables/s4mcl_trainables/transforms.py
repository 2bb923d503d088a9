"""Sets of flips and rotations of square images: the surrogate classes that an unlabelled image gets for nothing.

The eight elements are those of the dihedral group D4. Each one only moves pixels, so nothing is interpolated and a
batch, each image with its own element, is one indexed read.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from s4mcl_trainables.problems import InputError, Problems

# In canonical order. torch's rot90 turns counterclockwise; antitranspose mirrors at the other diagonal.
ELEMENTS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda x: x,
    "hflip": lambda x: x.flip(-1),
    "vflip": lambda x: x.flip(-2),
    "rot90": lambda x: x.rot90(1, (-2, -1)),
    "rot180": lambda x: x.rot90(2, (-2, -1)),
    "rot270": lambda x: x.rot90(3, (-2, -1)),
    "transpose": lambda x: x.transpose(-2, -1),
    "antitranspose": lambda x: x.transpose(-2, -1).flip((-2, -1)),
}
NAMES = tuple(ELEMENTS)
NAMED_SETS: dict[str, tuple[str, ...]] = {
    "d4_6": NAMES[:6],
    "rot4": ("identity", "rot90", "rot180", "rot270"),
    "flip3": ("identity", "hflip", "vflip"),
    "d4_8": NAMES,
}


@dataclass(frozen=True)
class TransformSet:
    """A subset of the eight elements: the identity and at least one more, kept in canonical order.

    The label of an element is its place in `names`; `len()` is T, the number of surrogate classes.

    Raises:
        InputError: an unknown or doubled name, no identity, or nothing beside it.
    """

    names: tuple[str, ...]

    def __init__(self, names: Sequence[str]) -> None:
        _refuse_unusable(names)
        object.__setattr__(self, "names", tuple(name for name in NAMES if name in names))

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def inverse_names(self) -> tuple[str, ...]:
        """The inverse of each element, in the order of `names`; it may lie outside the set."""
        return tuple(inverse(name) for name in self.names)

    def apply(self, images: Tensor, tau: Tensor) -> Tensor:
        """Transform each image by its own element.

        Args:
            images: [B,C,H,W] with H = W, any type; gradients pass through.
            tau: [B] int64 places in `names`.

        Returns:
            [B,C,H,W], contiguous.
        """
        return self.gather(images, torch.arange(len(images), device=images.device), tau)

    def undo(self, images: Tensor, tau: Tensor) -> Tensor:
        """The inverse of `apply`, with the same arguments."""
        every = TransformSet(NAMES)
        places = torch.tensor([NAMES.index(name) for name in self.inverse_names]).to(tau.device)
        return every.apply(images, places[tau])

    def gather(self, images: Tensor, rows: Tensor, tau: Tensor) -> Tensor:
        """Select rows of a dataset and transform each by its own element.

        On a GPU it is one indexed read. On a CPU each image is copied through its own view, a sixth of the time.

        Args:
            images: [N,C,H,W] with H = W, any type, contiguous if N is large (a copy is made otherwise).
            rows: [B] int64 rows of `images`, from 0.
            tau: [B] int64 places in `names`.

        Returns:
            [B,C,H,W] of the images' type, contiguous.
        """
        _, _, height, width = images.shape
        if height != width:
            raise ValueError(f"images must be square to be turned, found {height}x{width}")
        if images.dtype == torch.uint16:  # torch indexes no uint16: read the same bits under another name
            return self.gather(images.view(torch.int16), rows, tau).view(torch.uint16)
        return (
            self.gather_by_views(images, rows, tau)
            if images.device.type == "cpu"
            else self.gather_at_once(images, rows, tau)
        )

    def gather_by_views(self, images: Tensor, rows: Tensor, tau: Tensor) -> Tensor:
        """`gather` image by image."""
        if not len(rows):
            return images[:0].contiguous()
        moves = [ELEMENTS[self.names[place]] for place in tau.tolist()]
        return torch.stack([move(images[row]) for move, row in zip(moves, rows.tolist(), strict=True)])

    def gather_at_once(self, images: Tensor, rows: Tensor, tau: Tensor) -> Tensor:
        """`gather` as one indexed read, without a word to the CPU."""
        _, channels, height, width = images.shape
        area = height * width
        start = rows[:, None] * channels + torch.arange(channels, device=images.device)  # [B,C] planes
        pixels = start[:, :, None] * area + self.permutations(height, images.device)[tau][:, None]  # [B,C,H*W]
        read = images.reshape(-1).index_select(0, pixels.reshape(-1))
        return read.view(len(rows), channels, height, width)

    def permutations(self, size: int, device: torch.device | str = "cpu") -> Tensor:
        """[T, size*size] int64: pixel i of a transformed image is pixel `permutations[tau, i]` of the image."""
        return _permutations(self.names, size, torch.device(device))


def transform_set(choice: str | Sequence[str]) -> TransformSet:
    """A set by its name (d4_6, rot4, flip3, d4_8) or by the names of its elements.

    Raises:
        InputError: an unknown name, or elements that make no set.
    """
    if not isinstance(choice, str):
        return TransformSet(choice)
    if choice not in NAMED_SETS:
        raise InputError(
            f"transforms: there is no set named {choice!r}{_nearest(choice, NAMED_SETS)}.\n"
            f"Cure: one of {', '.join(NAMED_SETS)}, or a list of elements out of {', '.join(NAMES)}"
        )
    return TransformSet(NAMED_SETS[choice])


def compose(first: str, then: str) -> str:
    """The element that equals `first` followed by `then`."""
    corners = torch.arange(4).view(2, 2)  # D4 is faithful on the four corners of a square
    return _element_of(ELEMENTS[then](ELEMENTS[first](corners)))


def inverse(name: str) -> str:
    """The element that undoes `name`."""
    return next(other for other in NAMES if compose(name, other) == "identity")


def composition_table() -> Tensor:
    """[8,8] int64: entry (i, j) is the place in `NAMES` of element i followed by element j."""
    return torch.tensor([[NAMES.index(compose(first, then)) for then in NAMES] for first in NAMES])


def _element_of(corners: Tensor) -> str:
    start = torch.arange(4).view(2, 2)
    return next(name for name, element in ELEMENTS.items() if torch.equal(element(start), corners))


@lru_cache(maxsize=32)
def _permutations(names: tuple[str, ...], size: int, device: torch.device) -> Tensor:
    # A tensor made in inference mode could not be saved for a later backward pass, and this one is kept.
    with torch.inference_mode(False):
        pixels = torch.arange(size * size).view(size, size)
        return torch.stack([ELEMENTS[name](pixels).reshape(-1) for name in names]).to(device)


def _nearest(word: str, known: Sequence[str] | dict[str, tuple[str, ...]]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _refuse_unusable(names: Sequence[str]) -> None:
    problems = Problems(f"transforms: {list(names)} is no transform set")
    for name in dict.fromkeys(names):
        if name not in NAMES:
            problems.add(f"there is no element {name!r}{_nearest(str(name), NAMES)}")
        elif list(names).count(name) > 1:
            problems.add(f"{name!r} stands {list(names).count(name)} times")
    if "identity" not in names:
        problems.add("'identity' is missing")
    elif len(set(names)) < 2:
        problems.add("'identity' stands alone, which leaves nothing to predict")
    problems.raise_if_any(f"give 'identity' and at least one more of {', '.join(NAMES[1:])}, each once")
