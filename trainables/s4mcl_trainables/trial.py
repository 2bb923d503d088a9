"""A trial: one training, as a frozen value with a content key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s4mcl_trainables.label_fraction import LabelFraction, plain_fraction, read_fraction


@dataclass(frozen=True)
class Settings:
    """What a study gives all its trials: the budget, the size of images and networks, the batches."""

    iterations: int
    report_every: int
    patience: int | None = None
    image_size: int = 128
    width: int = 16
    depth: int = 4
    batch_labelled: int = 10
    batch_unlabelled: int = 10
    schedule: str = "constant"
    unlabelled_pool: str = "remainder"
    precision: str = "auto"


def plain_settings(settings: Settings) -> dict[str, Any]:
    """Plain values. All fields are numbers, texts or None, so that a flat copy does, which is made for every trial."""
    return dict(vars(settings))


@dataclass(frozen=True)
class Trial:
    """Method, hyperparameters, label fraction, seed and settings. Trials that differ in the seed alone are a cohort."""

    method: str
    label_fraction: LabelFraction
    seed: int
    settings: Settings
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "method": self.method,
            "label_fraction": plain_fraction(self.label_fraction),
            "seed": self.seed,
            "settings": plain_settings(self.settings),
            "hyperparameters": dict(self.hyperparameters),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Trial":
        """The inverse of `to_dict`."""
        fraction, settings = read_fraction(plain["label_fraction"]), Settings(**plain["settings"])
        return cls(**{**plain, "label_fraction": fraction, "settings": settings})


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text. NaN and infinity are refused (ValueError)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal characters."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def content_key(
    trial: Trial, *, dataset: str, partition: str, revision: str, profile: Mapping[str, Any], scope: str | None = None
) -> str:
    """The identity of a trial's numbers: whatever can change them is in it, and nothing else.

    Args:
        trial: what is trained.
        dataset: fingerprint of the prepared dataset.
        partition: fingerprint of the partition.
        revision: hash of the code that makes the numbers (`revision.code_revision`).
        profile: the numeric profile (`numerics.Profile.to_dict`).
        scope: a study that shares its trials with no other; None where all share.
    """
    what = {"trial": _without_precision(trial), "dataset": dataset, "partition": partition}
    made_by = {"revision": revision, "profile": dict(profile)}
    return digest({**what, **made_by, **({} if scope is None else {"scope": scope})})


def config_digest(trial: Trial, *, dataset: str, partition: str) -> str:
    """What a trial is, whatever code and machine make its numbers: 64 hexadecimal characters."""
    return digest({"trial": _without_precision(trial), "dataset": dataset, "partition": partition})


def _without_precision(trial: Trial) -> dict[str, Any]:
    """Plain values; the numeric profile says what the precision came to."""
    settings = plain_settings(trial.settings)
    del settings["precision"]
    return {**trial.to_dict(), "settings": settings}
