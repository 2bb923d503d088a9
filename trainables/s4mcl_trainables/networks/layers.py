"""Layers that follow the type of their input, and dropout that draws from a generator of its own."""

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEAK = 0.2
FIRST_ITERATIONS = 15  # of the power iteration, as in torch.nn.utils.parametrizations.spectral_norm


class Convolution(nn.Conv2d):
    """A convolution in the type of its input: float32 parameters, bfloat16 arithmetic where the input is bfloat16."""

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W] to [B,D,H',W']."""
        kind = in_type_of(x)
        bias = None if self.bias is None else self.bias.to(kind)
        y: Tensor = self._conv_forward(x.to(kind), self.used_weight().to(kind), bias)
        return y.to(x.dtype)

    def used_weight(self) -> Tensor:
        """[D,C,h,w]: what the input is convolved with."""
        return self.weight


class SpectralConvolution(Convolution):
    """A convolution whose weight, as a matrix [D,C*h*w], is divided by its largest singular value (Miyato et al. 2018).

    That value is u W v with singular vectors that follow the weight by a power iteration: `iterate`, once after each
    step of an optimiser. In between they stand still, so that a pass can be made again.
    """

    left: Tensor  # [D]
    right: Tensor  # [C*h*w]

    def begin(self, draws: torch.Generator) -> None:
        """Find the singular vectors of a new weight."""
        left = torch.empty(len(self.weight)).normal_(generator=draws)
        self.register_buffer("left", F.normalize(left, dim=0))
        self.register_buffer("right", torch.zeros(self.weight[0].numel()))
        for _ in range(FIRST_ITERATIONS):
            self.iterate()

    def iterate(self) -> None:
        """One power iteration."""
        with torch.no_grad():
            matrix = self.weight.flatten(1)
            self.right.copy_(F.normalize(matrix.T @ self.left, dim=0))
            self.left.copy_(F.normalize(matrix @ self.right, dim=0))

    def used_weight(self) -> Tensor:
        """[D,C,h,w] of spectral norm 1, nearly."""
        return self.weight / (self.left @ self.weight.flatten(1) @ self.right)


def in_type_of(x: Tensor) -> torch.dtype:
    """The type in which a map [B,C,H,W] is convolved: its own, but float32 for a map of one pixel.

    The weight gradient that oneDNN gives for such a map in bfloat16 (torch 2.13, stride 2, padding 1, a processor with
    AMX) holds uninitialised memory.
    """
    return torch.float32 if x.shape[-2:] == (1, 1) else x.dtype


class InstanceNorm(nn.Module):
    """Instance normalisation without parameters, as group normalisation with a group a channel: faster on a CPU."""

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W] to the same, each map with mean 0 and deviation 1 (epsilon 1e-5). H W > 1, or nothing is left."""
        return F.group_norm(x, x.shape[1])


class Doubling(nn.Module):
    """Bilinear upsampling by two with aligned corners, as two matrix products: on a CPU faster, above all backward.

    The weights of the interpolation are rounded to the type of the input.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,H] to [B,C,2H,2H]."""
        weights = doubling_weights(x.shape[-1], x.dtype, x.device)
        return weights @ (x @ weights.T)


@lru_cache(maxsize=32)
def doubling_weights(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """[2 size, size]: each row holds the two weights of linear interpolation (align_corners)."""
    with torch.inference_mode(False):
        unit = torch.eye(size).unsqueeze(0)
        rows = F.interpolate(unit, size=2 * size, mode="linear", align_corners=True)[0]
        return rows.T.contiguous().to(device, dtype)


class Beside(nn.Module):
    """Joins two maps along the channels; those of `members` stacked networks member by member (`networks.stacked`)."""

    def __init__(self, members: int = 1) -> None:
        super().__init__()
        self.members = members

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """[B,M*C,H,W] and [B,M*D,H,W] to [B,M*(C+D),H,W]."""
        if self.members == 1:
            return torch.cat([x, y], 1)
        return torch.cat([by_member(x, self.members), by_member(y, self.members)], 2).flatten(1, 2)


class FirstChannel(nn.Module):
    """The first channel of a map; of those of `members` stacked networks the first one of each."""

    def __init__(self, members: int = 1) -> None:
        super().__init__()
        self.members = members

    def forward(self, x: Tensor) -> Tensor:
        """[B,M*C,H,W] to [B,M,H,W]."""
        return x[:, :: x.shape[1] // self.members]


def by_member(x: Tensor, members: int) -> Tensor:
    """[B,M*C,...] to [B,M,C,...]."""
    return x.reshape(len(x), members, x.shape[1] // members, *x.shape[2:])


class Dropout(nn.Module):
    """Dropout whose mask comes from a generator that the trial owns, so that a resumed trial draws the same masks.

    One random byte decides one element, eight to a draw: a third of the time of torch's own on a CPU. The probability
    is rounded to a multiple of 1/256 and the scale follows the rounded one.

    Attributes:
        part: where x is a part of a batch, its first row in the batch and the rows of the whole batch: the draws are
            those of the whole batch.
    """

    def __init__(self, probability: float, generator: torch.Generator) -> None:
        super().__init__()
        if not 0 <= probability <= 255 / 256:
            raise ValueError(f"dropout must be in [0, 255/256], got {probability}")
        self.threshold = round(probability * 256)
        self.scale = 256 / (256 - self.threshold)
        self.generator = generator
        self.part: tuple[int, int] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W] to the same; unchanged in evaluation."""
        if not self.training or not self.threshold:
            return x
        return x * self.mask(x)

    def mask(self, x: Tensor) -> Tensor:
        """What x [B,C,H,W] is multiplied by, in its shape and type: 0 or the scale."""
        if not self.threshold:
            return torch.ones_like(x)
        count = x.numel()
        first, whole = (0, count) if self.part is None else (rows * (count // len(x)) for rows in self.part)
        words = torch.empty(words_for(whole), dtype=torch.int64, device=x.device)
        self.draw(words)
        kept = words.view(torch.uint8)[first : first + count] >= self.threshold
        return kept.to(x.dtype).mul_(self.scale).view(x.shape)

    def draw(self, words: Tensor) -> None:
        """Fill words [n] int64 with the next draws."""
        words.random_(-(2**63), None, generator=self.generator)


def words_for(elements: int) -> int:
    """How many words are drawn for so many elements."""
    return (elements + 7) // 8


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all parameters anew from `generator`, as torch's defaults do.

    Weights and biases uniform in +-1/sqrt(fan_in): `kaiming_uniform_` with a = sqrt(5).
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = layer.weight[0].numel() ** -0.5
            with torch.no_grad():
                layer.weight.uniform_(-bound, bound, generator=generator)
                if layer.bias is not None:
                    layer.bias.uniform_(-bound, bound, generator=generator)
