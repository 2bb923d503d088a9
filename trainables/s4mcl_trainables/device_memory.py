"""Memory of the device that a pack trains on: how much it has, what the pack has needed of it, and its share.

Ray divides no GPU: a fraction is bookkeeping. What several processes of one device take is held apart here.
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from s4mcl_trainables.heap import trim_heap

PROC = Path("/proc/self")
CONTEXT_BYTES = 2**30  # allowed for what CUDA takes of a device for each process, which torch does not count
RESET_PEAK = "5"  # proc(5): the peak of resident memory begins anew


def cuda() -> Any | None:
    """torch.cuda, where there is a GPU; None until something has imported torch: no worker is to load it for this."""
    if "torch" not in sys.modules or not sys.modules["torch"].cuda.is_available():
        return None
    return sys.modules["torch"].cuda


class DeviceMemory:
    """What one pack needs of its device, counted from now on.

    On a GPU that is what torch has reserved, and CUDA's own part; on a CPU the resident memory of the process.
    """

    def __init__(self, device: str, share: float | None = None) -> None:
        """Begin to count.

        Args:
            device: "cpu" or "cuda:0".
            share: of the device that the pack may take, at most 1; None: nobody holds it to one.
        """
        self.on_gpu, self.share = device.startswith("cuda"), share
        self._held = False
        self.begin()

    def begin(self) -> None:
        """Count anew."""
        if not self.on_gpu:
            trim_heap()  # what the pack before has left
            with suppress(OSError):  # not on Linux
                (PROC / "clear_refs").write_text(RESET_PEAK, encoding="ascii")
        elif (gpu := cuda()) is not None:
            gpu.empty_cache()  # what the pack before has left
            gpu.reset_peak_memory_stats()

    @property
    def is_shared(self) -> bool:
        """Whether it holds the pack to less than a whole device: with more of it the pack may go on."""
        return self.on_gpu and self.share is not None and self.share < 1

    def hold(self) -> None:
        """Let the pack take no more than its share, so that it meets its own bound before others meet theirs."""
        if self._held or not self.on_gpu or self.share is None or (gpu := cuda()) is None:
            return
        self._held = True
        outside = CONTEXT_BYTES / self.size if self.is_shared else 0.0
        gpu.set_per_process_memory_fraction(max(self.share - outside, self.share / 2))

    @property
    def size(self) -> int:
        """Bytes of the whole device."""
        if not self.on_gpu:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        gpu = cuda()
        return 0 if gpu is None else int(gpu.mem_get_info()[1])

    @property
    def peak(self) -> int:
        """The most bytes that the pack has needed so far."""
        if not self.on_gpu:
            return _resident_peak()
        gpu = cuda()
        return 0 if gpu is None else int(gpu.max_memory_reserved()) + CONTEXT_BYTES


def ran_out(error: BaseException) -> bool:
    """Whether a GPU had no more memory, in torch's words or CUDA's."""
    return type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error)


def _resident_peak() -> int:
    with suppress(OSError):
        for line in (PROC / "status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
