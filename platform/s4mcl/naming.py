"""How methods and label fractions are written for a person to read."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from s4mcl_trainables.label_fraction import TASKS, LabelFraction, TaskFractions, read_fraction
from s4mcl_trainables.methods.registry import method_named, origin_of
from s4mcl_trainables.problems import InputError

METHODS = {
    "unet": "U-Net",
    "cnn": "CNN",
    "s2mcl": "S2MCL",
    "s2mcl_k1": "S2MCL (K+1)",
    "s4mcl": "S4MCL",
    "s4mcl_calm": "S4MCL (calm)",
    "s4mcl_improved": "S4MCL (improved)",
    "mtl": "Multi-task",
    "ssl_seg": "Adversarial U-Net",
    "ssl_cls": "Self-supervised CNN",
    "mean_teacher": "Mean Teacher",
    "cps": "CPS",
    "fixmatch": "FixMatch",
    "ua_mt": "UA-MT",
    "multimix": "MultiMix",
}
LONGEST = 60  # characters of a name that a figure shows


def method_name(method: str) -> str:
    """The name of a method as the paper writes it, or as its distribution does.

    An unknown method keeps its own, cut where it is very long.
    """
    return METHODS.get(method) or shortened(_label(method), 2 * LONGEST)


@lru_cache(maxsize=256)
def _label(method: str) -> str:
    """What a method from elsewhere is called, where it is installed; the report of one that is not has its name."""
    try:
        return method_named(method).label if origin_of(method) else method
    except InputError:
        return method


def shortened(name: str, longest: int = LONGEST) -> str:
    """The name, cut in its middle where it is too long for a figure."""
    if len(name) <= longest:
        return name
    head = (longest - 1) // 2
    return f"{name[:head]}…{name[len(name) - (longest - 1 - head) :]}"


def percent(fraction: LabelFraction | None) -> str:
    """0.05 is "5 %", 0.125 is "12.5 %", classes and masks apart "50 / 5 %"; no fraction is "all fractions"."""
    if isinstance(fraction, TaskFractions):
        return f"{100 * fraction.classification:.4g} / {100 * fraction.segmentation:.4g} %"
    return "all fractions" if fraction is None else f"{100 * fraction:.4g} %"


def trained_with(method: str, fraction: LabelFraction) -> str:
    """S4MCL with 30 % of the labels."""
    return f"{method_name(method)} with {percent(fraction)} of the labels"


def fraction_in(row: Mapping[str, Any]) -> LabelFraction | None:
    """The label fraction of a row of the ledger's trials or attempts; None where the row has none."""
    shares = row.get("classification_fraction"), row.get("segmentation_fraction")
    if row.get("label_fraction") is not None or None in shares:
        return row.get("label_fraction")
    return read_fraction(dict(zip(TASKS, shares, strict=True)))
