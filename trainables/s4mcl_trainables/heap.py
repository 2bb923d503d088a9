"""The heap of a process that trains: it keeps the memory that it was given."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # parameters of mallopt(3), from glibc's malloc.h


def keep_heap() -> bool:
    """Have the C library keep what is freed for the next step, where it would hand large blocks back to the system.

    Blocks of more than 32 MiB, which a step at 128x128 and default widths takes and frees by the dozen, are fresh pages
    each time otherwise: 90,000 page faults a step, and a sixth of its time. The peak is the same; what one trial has
    used stays for the next one, until the process ends.

    Returns:
        Whether the C library takes this; only glibc does.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, -1))
