"""How many images of a part have the label of a task, as a study's document of its partition tells."""

from collections.abc import Mapping
from typing import Any

from s4mcl_trainables.label_fraction import TASKS


def label_count(partition: Mapping[str, Any], part: str, task: str) -> int:
    """Of the part: train, validation or test. Where nothing else is told, every image has both labels."""
    told = (partition.get("labels") or {}).get(part) or {}
    return int(told.get(task, partition.get(part, 0)))


def most_labels(partition: Mapping[str, Any], part: str) -> int:
    """Of the task that has the more."""
    return max(label_count(partition, part, task) for task in TASKS)
