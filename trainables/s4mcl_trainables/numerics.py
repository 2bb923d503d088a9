"""The numeric profile: what of the machine can change a trial's numbers. Torch is not imported here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Profile:
    """Device kind, type of the convolutions' numbers, torch's major and minor version, threads."""

    device: str
    precision: str
    torch: str
    threads: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Profile":
        """The inverse of `to_dict`."""
        return cls(**plain)


def numeric_profile(*, precision: str, gpus: float, cpus: float) -> Profile:
    """The profile of a worker with these resources on a machine like this one.

    Args:
        precision: float32, bfloat16, or auto: bfloat16 where the device has matrix units for it, else float32.
        gpus: GPUs that the worker is given (fractions count as one).
        cpus: CPUs that the worker is given; its thread count.
    """
    device = "cuda" if gpus > 0 else "cpu"
    if precision == "auto":
        precision = "bfloat16" if device == "cuda" or cpu_has_bfloat16() else "float32"
    torch = ".".join(version("torch").split(".")[:2])
    return Profile(device=device, precision=precision, torch=torch, threads=max(1, int(cpus)))


@cache
def cpu_has_bfloat16() -> bool:
    """Whether the processor has bfloat16 matrix units (AMX). Convolutions then took a third of the time of float32."""
    try:
        return " amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
