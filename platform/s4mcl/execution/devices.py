"""The GPUs of a cluster's nodes: their memory, asked through Ray before anything trains on them."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from s4mcl.execution.ray_session import Node

SECONDS = 60.0  # for the answers of the nodes that are there when a run begins

logger = logging.getLogger(__name__)


class Devices:
    """Asks each node that has GPUs once."""

    def __init__(self, found: Callable[[int], None]) -> None:
        """Begin to ask; `found` is told the bytes of a node's smallest GPU."""
        self._found = found
        self._asked: set[str] = set()
        self._open: list[Any] = []

    def look(self, nodes: Sequence[Node], seconds: float = 0.0) -> None:
        """Ask nodes that are new, and wait for answers at most so long. One that cannot say is silent."""
        import ray  # noqa: PLC0415

        new = [node for node in nodes if node.gpus and node.id not in self._asked]
        self._asked.update(node.id for node in new)
        self._open += [ask(node.id) for node in new]
        if not self._open:
            return
        answered, self._open = ray.wait(self._open, num_returns=len(self._open), timeout=seconds)
        for answer in answered:
            try:
                size = ray.get(answer)
            except Exception as error:  # of any kind: the first pack there will tell
                logger.debug("a node did not tell its GPUs: %s", error)
            else:
                if size:
                    self._found(size)


def ask(node: str) -> Any:
    """Ray's promise of the bytes of the smallest GPU of a node; 0: it cannot say."""
    import ray  # noqa: PLC0415
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415

    there = NodeAffinitySchedulingStrategy(node, soft=False)
    return ray.remote(_smallest).options(num_cpus=0, scheduling_strategy=there).remote()


def _smallest() -> int:
    """Of this machine's NVIDIA GPUs, by their driver: torch would take seconds, and a context on each of them."""
    from ray._private.thirdparty import pynvml  # noqa: PLC0415

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return 0
    return min(_sizes(pynvml), default=0)


def _sizes(pynvml: Any) -> Iterator[int]:
    for index in range(pynvml.nvmlDeviceGetCount()):
        yield int(pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(index)).total)
