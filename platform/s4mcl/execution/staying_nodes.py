"""The nodes that live and are not about to go: how many packs they have room for, and what GPUs they have."""

from collections.abc import Callable, Sequence

from s4mcl.config import Cluster
from s4mcl.execution.devices import SECONDS, Devices
from s4mcl.execution.draining import Draining
from s4mcl.execution.ray_session import Node
from s4mcl.execution.resources import packs_on
from s4mcl.execution.shares import Shares


class StayingNodes:
    """Looks at the nodes of a run, and tells `shares` of their GPUs."""

    def __init__(
        self, cluster: Cluster, shares: Shares, draining: Draining, live: Callable[[], Sequence[Node]]
    ) -> None:
        self.cluster, self.shares, self.draining = cluster, shares, draining
        self._live, self._devices = live, Devices(shares.found)

    def now(self, seconds: float = 0.0) -> list[Node]:
        """Those that stay; with shares of GPUs to be measured, new ones are asked for theirs, for so long at most."""
        found = [node for node in self._live() if node.id not in self.draining.look()]
        if self.shares.auto:
            self.shares.devices = sum(int(node.gpus) for node in found)
            self._devices.look(found, seconds)
        return found

    def begin(self) -> None:
        """Before the first pack, if shares are to be measured: wait for the answers."""
        if self.shares.auto:
            self.now(SECONDS)

    def room(self) -> int:
        """For how many packs they have room."""
        return sum(packs_on(node, self.cluster) for node in self.now())
