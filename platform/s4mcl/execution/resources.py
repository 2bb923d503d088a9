"""What this machine has for a study: CPUs, GPUs, and how many packs fit."""

import math
import os
from pathlib import Path

from s4mcl.config import StudyConfig
from s4mcl_trainables.problems import InputError

CGROUP = Path("/sys/fs/cgroup")


def with_resources(config: StudyConfig) -> StudyConfig:
    """The configuration with GPUs and concurrency in numbers, as this machine has them.

    Raises:
        InputError: one pack asks for more than there is.
    """
    cluster = config.cluster
    cpus = cluster.num_cpus or cpu_count()
    gpus = cluster.gpus_per_pack
    if gpus == "auto":
        gpus = 1.0 if _cuda_devices() else 0.0
    if cluster.cpus_per_pack > cpus:
        raise InputError(
            f"cluster.cpus_per_pack={cluster.cpus_per_pack} was asked for, {cpus} CPUs are there.\n"
            "Cure: give a smaller number"
        )
    room = cpus // cluster.cpus_per_pack
    if gpus:
        devices = cluster.num_gpus if cluster.num_gpus is not None else _cuda_devices()
        if gpus > devices:
            raise InputError(
                f"cluster.gpus_per_pack={gpus:g} was asked for, {devices} GPUs are there.\n"
                "Cure: give a smaller number, or 0 to train on CPUs"
            )
        room = min(room, math.floor(devices / gpus))
    filled = {"gpus_per_pack": gpus, "num_cpus": cpus, "concurrency": cluster.concurrency or room}
    return config.model_copy(update={"cluster": cluster.model_copy(update=filled)})


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
