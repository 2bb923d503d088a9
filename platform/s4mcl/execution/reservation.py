"""What Ray keeps free for a pack: CPUs, GPUs or a share of one, memory; on which node, and for whose actors."""

from ray.tune import PlacementGroupFactory

from s4mcl.config import Cluster
from s4mcl.execution.resources import GIB


class Reservation(PlacementGroupFactory):  # type: ignore[misc]  # Ray is not typed
    """One pack's. Tune gives an idle actor to a pack of an equal reservation, so `actors` is part of it."""

    def __init__(self, bundle: dict[str, float], actors: str, node: str | None) -> None:
        """Make one.

        Args:
            bundle: what of each of Ray's resources.
            actors: the name of their class.
            node: the id of the one to take while it has room; None: Ray takes the emptiest.
        """
        self.actors = actors
        near = {} if node is None else {"strategy": "STRICT_PACK", "_soft_target_node_id": node}
        super().__init__([bundle], **near)

    def __eq__(self, other: object) -> bool:
        """Whether an actor of one serves the other."""
        return isinstance(other, Reservation) and self.actors == other.actors and bool(super().__eq__(other))

    def __hash__(self) -> int:
        """Of what `__eq__` compares."""
        return hash((self.actors, super().__hash__()))


def reservation(cluster: Cluster, *, gpus: float, actors: str = "", node: str | None = None) -> Reservation:
    """What a pack of so many GPUs needs; memory in bytes."""
    bundle = {"CPU": float(cluster.cpus_per_pack), "GPU": gpus}
    if cluster.memory_per_pack:
        bundle["memory"] = cluster.memory_per_pack * GIB
    return Reservation(bundle, actors, node)
