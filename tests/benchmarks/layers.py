"""The choices inside a training step, each against its alternative: forward and backward, one thread, milliseconds.

    python tests/benchmarks/layers.py [--size 64] [--width 8] [--repeats 30]

prints a Markdown row a choice. The map is [20, width, size, size], as the generator's first stage has it.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from s4mcl_trainables.networks.layers import Doubling, Dropout, InstanceNorm
from s4mcl_trainables.seeds import generator


def milliseconds(operation: Callable[[Tensor], Tensor], x: Tensor, repeats: int) -> float:
    """Median time of one forward and backward pass."""
    times = []
    for index in range(repeats + 3):
        leaf = x.detach().clone(memory_format=torch.preserve_format).requires_grad_()
        start = time.perf_counter()
        y = operation(leaf)
        y.backward(torch.ones_like(y))
        if index >= 3:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in {"size": 64, "width": 8, "repeats": 30}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    torch.set_num_threads(1)
    x = torch.randn(20, given.width, given.size, given.size)
    half = x.bfloat16()
    last = half.to(memory_format=torch.channels_last)
    small = half[:, :, ::2, ::2].contiguous()
    weight = torch.randn(given.width, given.width, 3, 3)
    ours, theirs = Dropout(0.25, generator(0, "masks")), torch.nn.Dropout(0.25)
    rows: list[tuple[str, Callable[[Tensor], Tensor], Tensor]] = [
        ("convolution 3x3, float32", lambda t: F.conv2d(t, weight, padding=1), x),
        ("convolution 3x3, bfloat16 (chosen)", lambda t: F.conv2d(t, weight.bfloat16(), padding=1), half),
        ("convolution 3x3, bfloat16, channels last", lambda t: F.conv2d(t, weight.bfloat16(), padding=1), last),
        ("norm, instance_norm, bfloat16", F.instance_norm, half),
        ("norm, instance_norm, bfloat16, channels last", F.instance_norm, last),
        ("norm, group_norm, bfloat16 (chosen)", InstanceNorm(), half),
        ("dropout, torch's, bfloat16", theirs, half),
        ("dropout, a byte an element, bfloat16 (chosen)", ours, half),
        (
            "upsampling, interpolate, bfloat16",
            lambda t: F.interpolate(t, scale_factor=2, mode="bilinear", align_corners=True),
            small,
        ),
        ("upsampling, matrix products, bfloat16 (chosen)", Doubling(), small),
    ]
    print("| operation | ms |\n|---|---|")
    for name, operation, data in rows:
        print(f"| {name} | {milliseconds(operation, data, given.repeats):.2f} |", flush=True)


if __name__ == "__main__":
    main()
