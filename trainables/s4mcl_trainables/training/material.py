"""What every trial of a study reads: dataset, partition and resident images; kept from trial to trial in a worker."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from s4mcl_trainables.data.dataset import Dataset, open_dataset
from s4mcl_trainables.data.partition import Partition, PartitionSpec, make_partition
from s4mcl_trainables.data.resident import Resident


@dataclass(frozen=True)
class Material:
    """A dataset, its partition, and its images on one device at one size."""

    dataset: Dataset
    partition: Partition
    resident: Resident


@lru_cache(maxsize=1)
def material(path: Path, spec: PartitionSpec, image_size: int, device: torch.device, *, locked: bool) -> Material:
    """Open, divide and load, once for all trials that follow; where the test part is locked, without its labels.

    Raises:
        InputError: the dataset or the partition is refused.
    """
    dataset = open_dataset(path)
    partition = make_partition(dataset, spec)
    hidden = partition.test if locked else None
    return Material(dataset, partition, Resident(dataset, image_size, device, hidden))
