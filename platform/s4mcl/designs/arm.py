"""An arm: one cell of a design, that is one configuration which is trained with every seed of the design."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Arm:
    """One configuration of a design.

    Attributes:
        name: unique within its design, as a reader sees it: "base", "without self_supervision", "alpha=0.5".
        method: what is trained.
        label_fraction: with which share of the labels.
        hyperparameters: what the method is given; the rest are its defaults.
        factors: what the analysis needs: each factor of the design and its level in this arm
            ({"self_supervision": "off"}, {"alpha": 0.5}). The reference arm has every factor at its base level.
    """

    name: str
    method: str
    label_fraction: float
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    factors: Mapping[str, Any] = field(default_factory=dict)
