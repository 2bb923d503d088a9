"""Assignments of trials that take a blink."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.label_fraction import LabelFraction
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.trial import Settings, Trial

SMALL = Settings(
    iterations=4, report_every=2, image_size=16, width=4, depth=2, batch_labelled=4, batch_unlabelled=3, patience=None
)
GENERIC_ON = {"ema": 0.8, "test_time_averaging": "d4", "class_balanced": True, "augmentation": "light"}


def small_assignment(
    dataset: Path,
    folder: Path,
    method: str,
    *,
    hyperparameters: dict[str, Any] | None = None,
    fraction: LabelFraction = 0.4,
    seed: int = 0,
    precision: str = "float32",
    test: bool = False,
    **settings: Any,
) -> Assignment:
    """A trial of `method`; `settings` replace those of `SMALL`."""
    trial = Trial(method, fraction, seed, replace(SMALL, **settings), hyperparameters or {})
    return Assignment(
        trial=trial,
        key=f"key of {method}",
        attempt=1,
        folder=folder,
        dataset=dataset,
        partition=PartitionSpec(split="patch", test=0.2, validation=0.25),
        profile=Profile(device="cpu", precision=precision, torch="2.10", threads=1),
        device="cpu",
        test=test,
    )
