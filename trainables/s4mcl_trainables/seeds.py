"""Random streams of a trial: one generator for each purpose, so that no draw shifts another."""

import hashlib

import torch


def stream_seed(seed: int, stream: str) -> int:
    """A 63-bit seed for one named stream of a trial, by SHA-256."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{stream}".encode()).digest()[:8], "big") >> 1


def generator(seed: int, stream: str, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator on `device` for one named stream."""
    return torch.Generator(device=device).manual_seed(stream_seed(seed, stream))
