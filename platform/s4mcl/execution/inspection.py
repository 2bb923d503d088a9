"""A look at the whole input of a study before anything is written."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.config import StudyConfig
from s4mcl.designs.registry import read_designs
from s4mcl_trainables.data.dataset import Dataset, open_dataset
from s4mcl_trainables.data.partition import Partition, PartitionSpec, draw_labels, make_partition
from s4mcl_trainables.problems import InputError, Problems


@dataclass(frozen=True)
class Inspected:
    """The input of a study: its dataset, and how that is divided."""

    dataset: Dataset
    partition: Partition
    spec: PartitionSpec

    def parts(self) -> dict[str, NDArray[np.int64]]:
        """The dataset rows of each part of the partition."""
        return {name: getattr(self.partition, name) for name in ("train", "validation", "test")}

    def described(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Dataset and partition, as the ledger and the report tell of them."""
        dataset = self.dataset
        data = {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "images": len(dataset),
            "size": dataset.size,
            "dtype": str(dataset.images.dtype),
            "structures": int(dataset.masks.shape[1]),
            "structure_names": list(dataset.structure_names),
            "classes": list(dataset.classes),
            "groups": int(dataset.groups.max()) + 1,
        }
        counts = {name: len(rows) for name, rows in self.parts().items()}
        split = {"split": self.spec.split, "split_seed": self.spec.split_seed}
        return data, {**counts, **split, "fingerprint": self.partition.fingerprint}


def inspect(config: StudyConfig) -> Inspected:
    """Open the dataset, divide it and draw every label fraction with every seed, so that no trial finds a surprise.

    Raises:
        InputError: any of these is refused.
    """
    dataset = open_dataset(config.data.path)
    if config.image_size > dataset.size:
        raise InputError(
            f"image_size={config.image_size} is larger than the prepared images of {dataset.path} ({dataset.size}).\n"
            f"Cure: prepare them again with --size {config.image_size}, or give image_size={dataset.size} or less"
        )
    spec = PartitionSpec(
        split=config.split, split_seed=config.data.split_seed, test=config.data.test, validation=config.data.validation
    )
    partition = make_partition(dataset, spec)
    problems = Problems("label fractions cannot be drawn")
    wanted = {(fraction, seed) for fraction in config.label_fractions for seed in config.seeds}
    if config.search.trials:
        wanted |= {(fraction, seed) for fraction in config.search.label_fractions for seed in config.search.seeds}
    for design in read_designs(config).values():
        wanted |= {(fraction, seed) for fraction in design.label_fractions or () for seed in design.seeds or ()}
    for fraction, seed in sorted(wanted):
        try:
            draw_labels(dataset, partition, fraction, seed)
        except InputError as error:
            problems.add(f"seed {seed}: {' '.join(str(error).split())}")
    problems.raise_if_any("give larger label fractions")
    return Inspected(dataset, partition, spec)
