"""The heap of a process that trains: it keeps the memory that it was given, from step to step."""

import ctypes
import sys
from typing import Any

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # parameters of mallopt(3), from glibc's malloc.h


def keep_heap() -> bool:
    """Have the C library keep what is freed for the next step, where it would hand large blocks back to the system.

    Blocks of more than 32 MiB, which a step at 128x128 and default widths takes and frees by the dozen, are fresh pages
    each time otherwise: 90,000 page faults a step, and a sixth of its time. The peak is the same; what one trial has
    used stays for the next one, until `trim_heap` or the end of the process.

    Returns:
        Whether the C library takes this; only glibc does.
    """
    mallopt = _of_c_library("mallopt")
    return mallopt is not None and bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, -1))


def trim_heap() -> None:
    """Hand all that is free back to the system, where the C library can."""
    malloc_trim = _of_c_library("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


def _of_c_library(name: str) -> Any | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):  # another C library
        return None
