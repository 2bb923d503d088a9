"""The micro-batch: how many rows a network takes at once. All of them, until memory runs out; then half as many.

The mathematics stays the same. A network here treats each row by itself (instance norm, no batch statistics), so a pass
in parts gives the same outputs, and the gradient of the parameters is the sum over the parts. Of a part's activations
nothing is kept: each part is run again when its gradient is asked for. Dropout draws for the whole batch in every part
and takes its own rows, so the draws, and where their streams end, are those of an undivided pass.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from s4mcl_trainables.networks.layers import Dropout

T = TypeVar("T")
# CUDA's, the CPU allocator's, cuDNN's and cuBLAS's, and oneDNN's words for it.
SIGNS = ("out of memory", "can't allocate memory", "ALLOC_FAILED", "could not create a primitive")


class MicroBatch:
    """One learner's micro-batch.

    Attributes:
        rows: rows that a network takes at once, 1 or more; None: as many as there are.
        attempts: how often an attempt failed. What was made in one before is not to be used after.
    """

    def __init__(self) -> None:
        self.rows: int | None = None
        self.attempts = 0
        self._largest = 0  # rows of the largest pass of the present attempt

    def through(self, network: nn.Module, x: Tensor) -> Tensor:
        """Rows [B,...] to network(x) [B,...], in parts of at most `rows`; gradients reach x and the parameters."""
        self._largest = max(self._largest, len(x))
        if self.rows is None or len(x) <= self.rows:
            y: Tensor = network(x)
            return y
        parts: Tensor = _InParts.apply(network, self.rows, x, *network.parameters())  # type: ignore[no-untyped-call]
        return parts

    def retried(self, streams: Mapping[str, torch.Generator], attempt: Callable[[], T]) -> T:
        """What `attempt` gives; where memory runs out, again from the same draws with half as many rows at once.

        Args:
            streams: everything that `attempt` draws from.
            attempt: until its last act, an optimiser's step, it changes nothing but the streams.

        Raises:
            MemoryError or RuntimeError: a single row is too much; and whatever else `attempt` raises.
        """
        while True:
            before = {name: stream.get_state() for name, stream in streams.items()}
            self._largest = 0
            try:
                return attempt()
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error) or not self._halve():
                    raise
            self.forget()
            # Outside of the block above: the error's traceback held the tensors of the pass that failed.
            for name, stream in streams.items():
                stream.set_state(before[name])
            gc.collect()
            if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch leaves it untyped
                torch.cuda.empty_cache()

    def forget(self) -> None:
        """An attempt failed: what it made is not to be used by the next."""
        self.attempts += 1

    def _halve(self) -> bool:
        rows = min(self.rows or self._largest, self._largest)
        if rows <= 1:
            return False
        self.rows = rows // 2
        return True


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: the device's, or this process's."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)


class _InParts(torch.autograd.Function):
    """network(x) part by part, with nothing kept but x."""

    @staticmethod
    def forward(ctx: Any, network: nn.Module, rows: int, x: Tensor, *parameters: Tensor) -> Tensor:
        ctx.network, ctx.rows, ctx.draws = network, rows, _draws_of(network)
        ctx.save_for_backward(x)
        outputs = []
        for first in range(0, len(x), rows):
            with _part(network, ctx.draws, first, len(x)):
                outputs.append(network(x[first : first + rows]))
        return torch.cat(outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (x,), network, rows = ctx.saved_tensors, ctx.network, ctx.rows
        x_wanted, wanted = ctx.needs_input_grad[2], ctx.needs_input_grad[3:]
        parameters = [each for each, needed in zip(network.parameters(), wanted, strict=True) if needed]
        sums: list[Tensor | None] = [None] * len(parameters)
        of_x: list[Tensor] = []
        after = _draws_of(network)
        for first in range(0, len(x), rows):
            part = x[first : first + rows].detach().requires_grad_(x_wanted)
            with torch.enable_grad(), _part(network, ctx.draws, first, len(x)):
                y = network(part)
            asked = [*parameters, part] if x_wanted else parameters
            found = torch.autograd.grad(y, asked, gradients[0][first : first + rows], allow_unused=True)
            if x_wanted:
                of_x.append(found[-1])
            sums = [
                one if two is None else two if one is None else one.add_(two)
                for one, two in zip(sums, found, strict=False)
            ]
        for generator, state in after:  # streams have gone on since the forward pass
            generator.set_state(state)
        each = iter(sums)
        return None, None, torch.cat(of_x) if x_wanted else None, *(next(each) if needed else None for needed in wanted)


def _draws_of(network: nn.Module) -> list[tuple[torch.Generator, Tensor]]:
    """The streams that the network's dropout draws from, and where they stand."""
    streams = {id(drop.generator): drop.generator for drop in network.modules() if isinstance(drop, Dropout)}
    return [(stream, stream.get_state()) for stream in streams.values()]


@contextmanager
def _part(network: nn.Module, draws: list[tuple[torch.Generator, Tensor]], first: int, whole: int) -> Iterator[None]:
    """While it lasts, dropout draws for `whole` rows, from where `draws` stand, and takes the rows from `first` on."""
    dropouts = [drop for drop in network.modules() if isinstance(drop, Dropout)]
    for stream, state in draws:
        stream.set_state(state)
    for drop in dropouts:
        drop.part = (first, whole)
    try:
        yield
    finally:
        for drop in dropouts:
            drop.part = None
