"""What a piece of training costs in counts that no busy machine changes: operations, their arithmetic, their bytes."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Work:
    """Counts of one call.

    Attributes:
        operations: of torch that move numbers (on a GPU about as many kernels are launched); views are free.
        flops: floating-point operations of convolutions and matrix products, a multiplication and an addition being
            two.
        bytes: that the operations read and write, each tensor once an operation: what would move without any cache.
    """

    operations: int
    flops: int
    bytes: int


def counted(call: Callable[[], Any]) -> Work:
    """Call something once, and count what it does."""
    counting = _Counting()
    with FlopCounterMode(display=False) as arithmetic, counting:
        call()
    return Work(counting.operations, arithmetic.get_total_flops(), counting.bytes)


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Sees each operation, those of the backward pass too."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations, self.bytes = 0, 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        read, written = list(_tensors((args, kwargs or {}))), list(_tensors(found))
        if not _is_view(func, read, written):
            self.operations += 1
            self.bytes += sum(tensor.numel() * tensor.element_size() for tensor in (*read, *written))
        return found


def _tensors(values: Any) -> Iterator[Tensor]:
    return (each for each in tree_leaves(values) if isinstance(each, Tensor))


def _is_view(func: Any, read: list[Tensor], written: list[Tensor]) -> bool:
    """Whether what came out is what went in under another shape."""
    if func._schema.is_mutable or len(written) != 1 or not read:
        return False
    return written[0].untyped_storage().data_ptr() == read[0].untyped_storage().data_ptr()


def measured_limit(device: torch.device, precision: torch.dtype, repeats: int = 5) -> float:
    """Floating-point operations a second of a large square matrix product: what the device can do at best."""
    size = 8192 if device.type == "cuda" else 2048
    a = torch.ones(size, size, device=device, dtype=precision)
    best = float("inf")
    for _ in range(repeats + 1):
        start = time.perf_counter()
        a @ a
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - start)
    return 2.0 * size**3 / best
