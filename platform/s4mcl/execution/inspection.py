"""A look at the whole input of a study before anything is written."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.config import StudyConfig
from s4mcl.designs.registry import read_designs
from s4mcl_trainables.data.dataset import Dataset, open_dataset
from s4mcl_trainables.data.partition import Partition, PartitionSpec, draw_labels, known_labels, make_partition
from s4mcl_trainables.label_fraction import TASKS, LabelFraction, order_of
from s4mcl_trainables.methods import method_named
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
        return data, {**counts, **split, "fingerprint": self.partition.fingerprint, **self._labels()}

    def _labels(self) -> dict[str, Any]:
        """How many images of each part have a class, and a mask, where not all have what the dataset has."""
        known = known_labels(self.dataset)
        counts = {
            part: {task: int(of_task[rows].sum()) for task, of_task in known.items()}
            for part, rows in self.parts().items()
        }
        whole = all(of_task.all() or not of_task.any() for of_task in known.values())
        return {} if whole else {"labels": counts}


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
    for fraction, seed, tasks in _draws(config):
        try:
            draw_labels(dataset, partition, fraction, seed, tasks)
        except InputError as error:
            problems.add(f"seed {seed}: {' '.join(str(error).split())}")
    problems.raise_if_any("give larger label fractions")
    return Inspected(dataset, partition, spec)


def _draws(config: StudyConfig) -> list[tuple[LabelFraction, int, tuple[str, ...]]]:
    """Label fractions and seeds with the tasks that learn from them, each once, in order."""
    wanted: set[tuple[LabelFraction, int]] = set(product(config.label_fractions, config.seeds))
    if config.search.trials:
        wanted |= set(product(config.search.label_fractions, config.search.seeds))
    methods = set(config.methods)
    for design in read_designs(config).values():
        wanted |= set(product(design.label_fractions or (), design.seeds or ()))
        methods |= set(design.compared)
    of_methods = {tuple(task for task in TASKS if task in method_named(name).tasks) for name in methods}
    both = {TASKS} if TASKS in of_methods else of_methods  # what serves both serves one
    draws = [(fraction, seed, tasks) for (fraction, seed), tasks in product(wanted, sorted(both))]
    return sorted(draws, key=lambda draw: (order_of(draw[0]), draw[1:]))
