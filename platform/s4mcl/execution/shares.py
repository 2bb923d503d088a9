"""Shares of a GPU, with gpus_per_pack=auto: how many packs of a kind have room on one device, as was measured.

A pack of a kind that nobody has measured has a device to itself. Once one has reported, of this study or of an earlier
one, so many share a device as its memory holds, and each share stands for that much of it: those of several kinds
on one device, of which Ray hands out no more than the whole, never need more than there is.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from s4mcl.config import Cluster
from s4mcl.execution.pack import Pack
from s4mcl.execution.pack_kind import PackKinds
from s4mcl.ledger import Ledger, MemoryFigure, Worker
from s4mcl.stages.keying import Keying

MARGIN = 0.9  # of a device's memory that is given out
GROWN = 1.05  # a figure that has grown by less changes nothing: the margin is larger
MOST = 8  # packs a device: more would wait for its cores, whatever its memory
NEARLY = 1e-9  # of a device: sums of fractions are rounded
GRAINS = 10_000  # Ray counts in ten thousandths of a device

logger = logging.getLogger(__name__)


class Shares:
    """Which share of a GPU each pack of a study is given.

    Attributes:
        auto: whether shares are measured; else each is what the configuration says.
        devices: GPUs of the machine or the cluster, as far as that is known; 0: it has yet to grow.
        device_bytes: memory of the smallest of them; None before that is known.
    """

    def __init__(self, cluster: Cluster, keying: Keying, ledger: Ledger) -> None:
        self.auto, self._fixed = cluster.gpus_per_pack == "auto", cluster.gpus
        self.devices = 0
        self.device_bytes: int | None = None
        self._kinds, self._ledger = PackKinds(keying), ledger
        self._peaks: dict[str, int] = {}

    def of(self, method: str, members: int) -> float:
        """The share of a pack of so many trials: with auto 1/n as Ray counts, 1 while its kind was not measured."""
        if not self.auto:
            return self._fixed
        peak = self._peak(self._kinds.of(method, members)[0])
        return share_of(peak, self.device_bytes) if peak and self.device_bytes else 1.0

    def have_room(self, share: float, taken: Iterable[tuple[float, Worker | None]]) -> bool:
        """Whether a pack may be handed out beside those under way: with auto none is to wait for a device.

        Args:
            share: of the pack.
            taken: the shares of the others, in the order in which they were handed out, and who trains them.
        """
        others = list(taken) if self.auto else []
        return not others or not self.devices or fits(share, others, self.devices)

    def heard(self, method: str, members: int, *, worker: Worker | None, peak: int, size: int) -> None:
        """A pack told what it has needed of its device.

        Args:
            worker: who trains it.
            peak: bytes that the pack has needed so far; 0: it has not trained yet.
            size: bytes of its device.
        """
        if worker is None or size <= 0:
            return
        if worker.device.startswith("cuda"):
            self.found(size)
        if peak <= 0:
            return
        kind, made_of = self._kinds.of(method, members)
        if peak <= GROWN * self._peak(kind):
            return
        self._remember(MemoryFigure(kind, _name_of(worker.device), method, made_of, peak, size))

    def found(self, size: int) -> None:
        """There is a device of so many bytes; the smallest counts, since Ray may choose any for a pack."""
        self.device_bytes = min(size, self.device_bytes or size)

    def go_on_from(self, earlier: "Shares") -> None:
        """Know the devices that another of the same run has found."""
        self.devices, self.device_bytes = earlier.devices, earlier.device_bytes

    def outgrew(self, method: str, members: int, *, device: str, share: float) -> float:
        """A pack found no memory within its share of a device: half as many of its kind have one from now on.

        Returns:
            The share of the kind from now on; 1 is the last one.
        """
        kind, made_of = self._kinds.of(method, members)
        if self.device_bytes is not None and share < 1:
            fewer = max(1, round(1 / share) // 2)
            figure = math.ceil(self.device_bytes * MARGIN / fewer)
            if figure > self._peak(kind):
                self._remember(MemoryFigure(kind, _name_of(device), method, made_of, figure, self.device_bytes))
        return self.of(method, members)

    def may_shrink(self, pack: Pack) -> bool:
        """Whether a pack has a device to itself only since nobody knew its kind, and has most of its way to go."""
        if not self.auto or pack.size > 1 or pack.gpus < 1 or not pack.peak_bytes:
            return False
        left = all(2 * pack.reached.get(key, 0) <= given.trial.settings.iterations for key, given in pack.trained())
        return left and self.of(pack.method, pack.size) < 1

    def _peak(self, kind: str) -> int:
        """The largest figure of a kind, whichever device it was measured on; 0: none."""
        if kind not in self._peaks:
            self._peaks[kind] = max((figure.peak_bytes for figure in self._ledger.memory([kind])), default=0)
        return self._peaks[kind]

    def _remember(self, figure: MemoryFigure) -> None:
        self._ledger.remember_memory(figure)
        before, self._peaks[figure.kind] = self._peaks.get(figure.kind, 0), figure.peak_bytes
        if self.auto and self.device_bytes:
            share = share_of(figure.peak_bytes, self.device_bytes)
            if not before or share != share_of(before, self.device_bytes):
                told = f"{figure.peak_bytes / 2**30:.2f} of {self.device_bytes / 2**30:.0f} GiB"
                logger.info("%s: a pack needs %s, %d share a GPU", figure.method, told, round(1 / share))


def share_of(peak: int, device: int) -> float:
    """1/n, rounded down to what Ray counts in, for the n packs of this peak that a device has room for."""
    return math.floor(GRAINS / min(MOST, max(1, math.floor(device * MARGIN / peak)))) / GRAINS


def fits(share: float, taken: Sequence[tuple[float, Worker | None]], devices: int) -> bool:
    """Whether one of so many devices has a share free. Packs that have not reported lie where they fit best."""
    free: dict[str, float] = defaultdict(lambda: 1.0)
    unknown = []
    for other, worker in taken:
        if worker is None or not worker.device.startswith("cuda"):
            unknown.append(other)
        else:
            free[f"{worker.host} {worker.device}"] -= other
    for number in range(devices - len(free)):
        free[str(number)] = 1.0
    for other in unknown:
        open_to = [name for name, left in free.items() if left >= other - NEARLY]
        if open_to:  # else it waits already
            free[min(open_to, key=lambda name: free[name])] -= other
    return any(left >= share - NEARLY for left in free.values())


def _name_of(device: str) -> str:
    """A device without the number that it has on its host."""
    number, _, name = device.partition(" ")
    return name if number.startswith("cuda") and name else device
