"""On which node each pack is to train, with cluster.placement=pack: one node is filled before the next is used.

Left alone, Ray takes the emptiest node for each pack, whatever the strategy of its placement groups: they have one
bundle each. Those that are left empty can be ended by an autoscaler, or serve others.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from s4mcl.config import Cluster
from s4mcl.execution.ray_session import Node
from s4mcl.execution.resources import GIB

NEARLY = 1e-6  # thirds of a GPU


@dataclass(frozen=True)
class Placed:
    """A task's node and its GPUs."""

    node: str | None
    gpus: float


class Placement:
    """Chooses nodes, the first by address that has room."""

    def __init__(self, cluster: Cluster, nodes: Callable[[], Sequence[Node]]) -> None:
        """Begin with nothing placed.

        Args:
            cluster: what a pack needs beside its GPUs.
            nodes: those that live and stay.
        """
        self.cluster, self._nodes = cluster, nodes
        self._placed: dict[str, Placed] = {}

    def place(self, task: str, gpus: float) -> str | None:
        """The id of the node for a task; None: none is known to have room, Ray is to find one."""
        ordered = sorted(self._nodes(), key=lambda node: (node.address, node.id))
        node = next((node.id for node in ordered if self._has_room(node, gpus)), None)
        self._placed[task] = Placed(node, gpus)
        return node

    def lives(self, task: str, node: str) -> None:
        """A task has reported from a node: where Ray has put it in the end."""
        if task in self._placed:
            self._placed[task] = Placed(node, self._placed[task].gpus)

    def over(self, task: str) -> None:
        """A task has ended."""
        self._placed.pop(task, None)

    def _has_room(self, node: Node, gpus: float) -> bool:
        there = [placed for placed in self._placed.values() if placed.node == node.id]
        cluster, count = self.cluster, len(there) + 1
        free = node.gpus - math.fsum(placed.gpus for placed in there)
        memory = count * (cluster.memory_per_pack or 0.0) * GIB
        return count * cluster.cpus_per_pack <= node.cpus and gpus <= free + NEARLY and memory <= node.memory
