"""The learning rate's factor over the budget."""

import math


def rate_factor(kind: str, iteration: int, iterations: int) -> float:
    """The factor of the learning rates at `iteration` (from 0) of `iterations`, in [0, 1].

    constant: 1. cosine: (1 + cos(pi t / T)) / 2 (Loshchilov & Hutter 2017, without restarts).
    """
    if kind == "constant":
        return 1.0
    if kind == "cosine":
        return 0.5 * (1 + math.cos(math.pi * iteration / iterations))
    raise ValueError(f"schedule must be constant or cosine, found {kind!r}")
