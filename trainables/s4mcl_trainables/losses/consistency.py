"""Consistency of two predictions of an unlabelled image, and how its weight grows (Laine & Aila 2017, SSL4MIS)."""

import math

import torch
from torch import Tensor

TINY = 1e-6  # inside logarithms, as in SSL4MIS


def ramp_up(position: float, length: float) -> float:
    """exp(-5 (1 - position / length)^2), from 0.0067 to 1, and 1 from `length` on; 1 where `length` is 0."""
    share = min(1.0, position / length) if length > 0 else 1.0
    return math.exp(-5 * (1 - share) ** 2)


def mean_square(probability: Tensor, target: Tensor) -> Tensor:
    """The mean of (p - q)^2, a scalar: with one structure, that of the softmaxes over it and the background."""
    return (probability - target).square().mean()


def mean_square_where(certain: Tensor, probability: Tensor, target: Tensor) -> Tensor:
    """The mean of (p - q)^2 over the pixels that are `certain` (bool, in the same shape), 0 if there are none."""
    square = (probability - target).square() * certain
    return square.sum() / (certain.sum() + 1e-16)


def binary_entropy(probability: Tensor) -> Tensor:
    """-p log p - (1 - p) log(1 - p) in nats, in the shape of p; log 2 at most."""
    other = 1 - probability
    return -(probability * torch.log(probability + TINY) + other * torch.log(other + TINY))


def binary_divergence(probability: Tensor, other: Tensor) -> Tensor:
    """The mean of KL(p || q) = p log(p / q) + (1 - p) log((1 - p) / (1 - q)) in nats, a scalar; not below 0."""
    p, q = (x.clamp(TINY, 1 - TINY) for x in (probability, other))
    return (p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()).mean()
