"""Networks of one shape side by side, as one network: the channels of all of them, and convolutions in groups.

So that several trainings are one program: few large operations in place of many small ones (in the spirit of HFTA, Wang
et al. 2021). The parameters of a member are views of the stack's, so a member stays a network of its own: it can be
called, saved, loaded and stepped by its optimiser while it is stacked.
"""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.networks.layers import (
    Beside,
    Convolution,
    Doubling,
    Dropout,
    FirstChannel,
    InstanceNorm,
    SpectralConvolution,
    by_member,
    in_type_of,
    words_for,
)


class UnstackableError(TypeError):
    """These networks cannot be stacked: they differ in shape, or hold a layer that knows nothing of it."""


class Stack:
    """Networks of one shape whose parameters lie side by side.

    Only the last layer may differ in width between them, as with surrogate classes of their own.

    Attributes:
        members: the networks, in order.

    Raises:
        UnstackableError: they cannot be stacked; none of them was changed.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        self.members = tuple(members)
        self._pairs: list[tuple[nn.Parameter, list[nn.Parameter]]] = []
        self._widths: list[int] | None = None
        self._network = self._stacked(list(members))
        for whole, parts in self._pairs:
            for place, part in enumerate(parts):
                part.data = _shown(whole.data, place, part)

    def __call__(self, x: Tensor) -> Tensor:
        """[B,M*I,...] to [B,M*O,...], the channels of the first member first."""
        first = self.members[0]
        self._network.train(first.training)
        self._network.requires_grad_(next(first.parameters()).requires_grad)
        y: Tensor = self._network(x)
        return y

    def split(self, y: Tensor) -> list[Tensor]:
        """[B,M*O,...] to the outputs [B,O,...] of each member; views."""
        each = by_member(y, len(self.members)).unbind(1)
        widths = self._widths
        if widths is None:
            return list(each)
        return [out[:, : out.shape[1] - max(widths) + width] for out, width in zip(each, widths, strict=True)]

    def hand_out_gradients(self) -> None:
        """Give each member the gradient of its parameters, beside what it has."""
        for whole, parts in self._pairs:
            gradient, whole.grad = whole.grad, None
            if gradient is None:
                continue
            for place, part in enumerate(parts):
                own = _shown(gradient, place, part)
                part.grad = own if part.grad is None else part.grad + own

    def dissolve(self) -> None:
        """Give each member parameters of its own again."""
        for _, parts in self._pairs:
            for part in parts:
                part.data = part.data.clone()

    def _stacked(self, layers: list[nn.Module]) -> nn.Module:
        """One layer in place of the members' layers."""
        kinds = {type(layer) for layer in layers}
        if len(kinds) > 1:
            raise UnstackableError(f"layers of several kinds: {', '.join(sorted(kind.__name__ for kind in kinds))}")
        make = _MAKERS.get(type(layers[0]))
        if make is not None:
            return make(self, layers)
        if not getattr(layers[0], "stackable", isinstance(layers[0], nn.ModuleList)):
            raise UnstackableError(f"{type(layers[0]).__name__} cannot be stacked")
        whole = copy.copy(layers[0])
        whole.__dict__.update({name: copy.copy(each) for name, each in vars(whole).items() if isinstance(each, dict)})
        names = [list(layer._modules) for layer in layers]
        if any(other != names[0] for other in names):
            raise UnstackableError(f"{type(whole).__name__}s of several shapes")
        whole._modules = {name: self._stacked([layer.get_submodule(name) for layer in layers]) for name in names[0]}
        return whole

    def _beside(self, parts: Sequence[Tensor | None]) -> nn.Parameter | None:
        """[M,...] of parameters that have one shape, or differ in their first dimension: then with zeros at its end."""
        found = [part for part in parts if isinstance(part, nn.Parameter)]
        if not found:
            return None
        if len(found) < len(parts) or len({part.shape[1:] for part in found}) > 1:
            raise UnstackableError(f"parameters of several shapes: {[tuple(part.shape) for part in found]}")
        most = max(len(part) for part in found)
        whole = found[0].new_zeros(len(found), most, *found[0].shape[1:])
        for place, part in enumerate(found):
            whole[place, : len(part)] = part.detach()
        self._pairs.append((nn.Parameter(whole), found))
        return self._pairs[-1][0]

    def _convolution(self, layers: list[nn.Module]) -> nn.Module:
        convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
        first = convolutions[0]
        if len({(*layer.weight.shape, layer.stride, layer.padding, layer.groups) for layer in convolutions}) > 1:
            raise UnstackableError("convolutions of several shapes")
        if first.groups != 1 or first.dilation != (1, 1) or first.padding_mode != "zeros":
            raise UnstackableError("a convolution with groups, dilation or other padding than zeros")
        weight = self._beside([layer.weight for layer in convolutions])
        assert weight is not None
        bias = self._beside([layer.bias for layer in convolutions])
        spectral = [layer for layer in convolutions if isinstance(layer, SpectralConvolution)]
        return _SpectralConvolutions(first, weight, bias, spectral) if spectral else _Convolutions(first, weight, bias)

    def _linear(self, layers: list[nn.Module]) -> nn.Module:
        linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
        weight = self._beside([layer.weight for layer in linear])
        assert weight is not None
        widths = [layer.out_features for layer in linear]
        if len(set(widths)) > 1:
            self._widths = widths
        return _Linears(weight, self._beside([layer.bias for layer in linear]))


def _shown(whole: Tensor, place: int, part: Tensor) -> Tensor:
    """What of [M,...] belongs to a member's parameter."""
    return whole[place, : len(part)]


class _Convolutions(nn.Module):
    """Convolutions of one shape, in groups."""

    def __init__(self, first: Convolution, weight: nn.Parameter, bias: nn.Parameter | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias  # [M,O,I,h,w], [M,O]
        self.stride, self.padding = first.stride, first.padding

    def forward(self, x: Tensor) -> Tensor:
        """[B,M*I,H,W] to [B,M*O,H',W']."""
        kind = in_type_of(x)
        bias = None if self.bias is None else self.bias.flatten().to(kind)
        weight = self.used_weight().flatten(0, 1).to(kind)
        y = F.conv2d(x.to(kind), weight, bias, self.stride, self.padding, groups=len(self.weight))
        return y.to(x.dtype)

    def used_weight(self) -> Tensor:
        """[M,O,I,h,w]: what the input is convolved with."""
        return self.weight


class _SpectralConvolutions(_Convolutions):
    """The same, each member's weight divided by its own norm; the singular vectors stay the members'."""

    def __init__(
        self,
        first: Convolution,
        weight: nn.Parameter,
        bias: nn.Parameter | None,
        layers: Sequence[SpectralConvolution],
    ) -> None:
        super().__init__(first, weight, bias)
        self.layers = tuple(layers)  # no children: see _Dropouts

    def used_weight(self) -> Tensor:
        """[M,O,I,h,w] of spectral norm 1 each, nearly."""
        left = torch.stack([layer.left for layer in self.layers])  # [M,O]
        right = torch.stack([layer.right for layer in self.layers])  # [M,I*h*w]
        norms = (left[:, None] @ self.weight.flatten(2) @ right[:, :, None]).view(-1, 1, 1, 1, 1)
        return self.weight / norms


class _Linears(nn.Module):
    """Linear layers of one shape."""

    def __init__(self, weight: nn.Parameter, bias: nn.Parameter | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias  # [M,O,I], [M,O]

    def forward(self, x: Tensor) -> Tensor:
        """[B,M*I] to [B,M*O]."""
        rows = by_member(x, len(self.weight)).transpose(0, 1)  # [M,B,I]
        y: Tensor = rows @ self.weight.transpose(1, 2)
        if self.bias is not None:
            y = y + self.bias[:, None]
        return y.transpose(0, 1).flatten(1)


class _Dropouts(nn.Module):
    """Dropout of each member, with draws from its own stream."""

    def __init__(self, layers: Sequence[Dropout]) -> None:
        super().__init__()
        self.layers = tuple(layers)  # no children: they have no parameters, and stay the members'
        self._made: dict[tuple[torch.device, torch.dtype], tuple[Tensor, Tensor]] = {}

    def forward(self, x: Tensor) -> Tensor:
        """[B,M*C,H,W] to the same; unchanged in evaluation."""
        if not self.training or not any(layer.threshold for layer in self.layers):
            return x
        rows = by_member(x, len(self.layers))  # [B,M,C,H,W]
        count = x.numel() // len(self.layers)
        words = x.new_zeros((len(self.layers), words_for(count)), dtype=torch.int64)
        for layer, row in zip(self.layers, words, strict=True):
            if layer.threshold:
                layer.draw(row)
        threshold, scale = self._numbers(x.device, x.dtype)
        masks = (words.view(torch.uint8)[:, :count] >= threshold).to(x.dtype).mul_(scale)  # [M,B*C*H*W]
        y: Tensor = rows * masks.view(len(self.layers), len(x), *rows.shape[2:]).transpose(0, 1)
        return y.flatten(1, 2)

    def _numbers(self, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Thresholds and scales [M,1], made once: a copy to a GPU would wait for it."""
        if (device, dtype) not in self._made:
            threshold = torch.tensor([[layer.threshold] for layer in self.layers], dtype=torch.uint8)
            scale = torch.tensor([[layer.scale] for layer in self.layers], dtype=dtype)
            self._made[device, dtype] = threshold.to(device), scale.to(device)
        return self._made[device, dtype]


_MAKERS: dict[type[nn.Module], Callable[[Stack, list[nn.Module]], nn.Module]] = {
    Convolution: Stack._convolution,
    SpectralConvolution: Stack._convolution,
    nn.Linear: Stack._linear,
    InstanceNorm: lambda stack, layers: layers[0],
    Doubling: lambda stack, layers: layers[0],
    Beside: lambda stack, layers: Beside(len(layers)),
    FirstChannel: lambda stack, layers: FirstChannel(len(layers)),
    Dropout: lambda stack, layers: _Dropouts([layer for layer in layers if isinstance(layer, Dropout)]),
}
