"""What a machine or a cluster has for a study: CPUs, GPUs, memory, and how many packs fit."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from s4mcl.config import Cluster, StudyConfig
from s4mcl.execution.ray_session import Node, existing_address, existing_nodes
from s4mcl.execution.shares import MOST
from s4mcl_trainables.problems import InputError

CGROUP = Path("/sys/fs/cgroup")
GIB = 2.0**30
ROUNDING = 1e-6  # a third of a GPU fits three times


def with_resources(config: StudyConfig) -> StudyConfig:
    """The configuration with GPUs and concurrency in numbers, as this machine or the cluster has them.

    `gpus_per_pack=auto` stays where there are GPUs: how many packs share one is measured.

    Raises:
        InputError: one pack asks for more than there is; the cluster cannot be joined.
    """
    address = existing_address(config)
    nodes = existing_nodes(address) if address else [_this_machine(config.cluster)]
    cluster = config.cluster
    grows = bool(address) and bool(cluster.num_gpus)
    if cluster.gpus_per_pack == "auto" and not grows and not any(node.gpus for node in nodes):
        cluster = cluster.model_copy(update={"gpus_per_pack": 0.0})
    grown = _grown(cluster) if address else None
    room = grown if grown is not None else sum(packs_on(node, cluster) for node in nodes)
    if not room:
        _refuse(cluster, nodes, grows=address is not None)
    filled = {"concurrency": cluster.concurrency or room} | ({} if address else {"num_cpus": int(nodes[0].cpus)})
    return config.model_copy(update={"cluster": cluster.model_copy(update=filled)})


def packs_on(node: Node, cluster: Cluster) -> int:
    """How many packs a machine has room for at once."""
    room = int(node.cpus // cluster.cpus_per_pack)
    if cluster.gpus_per_pack:
        room = min(room, _share_devices(node.gpus, cluster.gpus_per_pack))
    if cluster.memory_per_pack:
        room = min(room, math.floor(node.memory / (cluster.memory_per_pack * GIB)))
    return room


def _share_devices(devices: float, each: float | str) -> int:
    """How many packs devices have room for, with auto at most; a fraction of a GPU lies on one device."""
    if isinstance(each, str):
        return math.floor(devices) * MOST
    return math.floor(devices) * math.floor(1 / each + ROUNDING) if each <= 1 else math.floor(devices / each)


def _grown(cluster: Cluster) -> int | None:
    """The packs that a cluster has room for once it has the CPUs and GPUs that it was said to grow to."""
    if cluster.num_cpus is None and cluster.num_gpus is None:
        return None
    cpus = math.inf if cluster.num_cpus is None else cluster.num_cpus // cluster.cpus_per_pack
    if not cluster.gpus_per_pack:
        return None if math.isinf(cpus) else int(cpus)
    gpus = math.inf if cluster.num_gpus is None else _share_devices(cluster.num_gpus, cluster.gpus_per_pack)
    return int(min(cpus, gpus))


def _refuse(cluster: Cluster, nodes: Sequence[Node], *, grows: bool) -> NoReturn:
    """Name what one pack asks for that no machine has, and the one that has the most of it."""
    asked = {"cpus_per_pack": float(cluster.cpus_per_pack), "gpus_per_pack": cluster.gpus}
    asked["memory_per_pack"] = cluster.memory_per_pack or 0.0
    most = {
        "cpus_per_pack": max((node.cpus for node in nodes), default=0.0),
        "gpus_per_pack": max((node.gpus for node in nodes), default=0.0),
        "memory_per_pack": max((node.memory for node in nodes), default=0.0) / GIB,
    }
    units = {"cpus_per_pack": "CPUs", "gpus_per_pack": "GPUs", "memory_per_pack": "GiB"}
    large = [name for name in asked if asked[name] > most[name]]
    if not large:  # each is there, but not together
        large = [name for name in asked if asked[name]]
        together = ", ".join(f"cluster.{name}={asked[name]:g}" for name in large)
        raise InputError(f"{together} are on no single node.\nCure: give smaller numbers, or a node that has all of it")
    there = f"on the largest of {len(nodes)} nodes" if len(nodes) > 1 else "there"
    told = [f"cluster.{name}={asked[name]:g} was asked for, {most[name]:g} {units[name]} are {there}" for name in large]
    cures = ["give a smaller number"]
    if "gpus_per_pack" in large:
        cures.append("0 to train on CPUs")
    if grows:
        cures.append("where the cluster has yet to grow, say to what: cluster.num_cpus=, cluster.num_gpus=")
    raise InputError(f"{'; '.join(told)}.\nCure: {', or '.join(cures)}")


def _this_machine(cluster: Cluster) -> Node:
    """What Ray is to see of this machine."""
    cpus = cluster.num_cpus or cpu_count()
    wanted = cluster.gpus_per_pack == "auto" or cluster.gpus_per_pack > 0
    devices = cluster.num_gpus if cluster.num_gpus is not None else (_cuda_devices() if wanted else 0)
    return Node("this machine", float(cpus), float(devices), _memory())


def _memory() -> float:
    """Bytes of memory of this machine."""
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def cpu_count() -> int:
    """The CPUs that this process may use: those of the machine, less where affinity or a container allows less."""
    try:
        cpus = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cpus = os.cpu_count() or 1
    try:
        quota, period = (CGROUP / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return cpus
    return cpus if quota == "max" else max(1, min(cpus, int(quota) // int(period)))


def _cuda_devices() -> int:
    import torch  # noqa: PLC0415

    return int(torch.cuda.device_count())
