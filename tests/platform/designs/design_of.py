"""Designs as a study reads them, and what a search might have found."""

from typing import Any

from s4mcl.config import compose_study
from s4mcl.designs.design import Best, Design
from s4mcl.designs.registry import read_designs
from s4mcl_trainables.methods import method_named

WORDS = ("study=quickstart", "name=demo", "data.path=images", "seeds=2", "ablate.max_trials=5000")


def design_of(kind: str, **fields: Any) -> Design:
    """A design of one label fraction, unless more are given."""
    config = compose_study(WORDS)
    designs = {"it": {"kind": kind, "label_fractions": [0.2], **fields}}
    return read_designs(config.model_copy(update={"ablate": config.ablate.model_copy(update={"designs": designs})}))[
        "it"
    ]


def found(**values: Any) -> Best:
    """A best configuration: the defaults with these values."""
    return lambda method, _fraction: {**method_named(method).defaults, **values}
