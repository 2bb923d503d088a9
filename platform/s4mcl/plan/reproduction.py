"""A trial as the command line that trains it again."""

import re
import shlex
from collections.abc import Mapping
from functools import cache
from typing import Any

from hydra.core.override_parser.types import Quote, QuotedString

from s4mcl.config import compose_study, to_plain
from s4mcl.execution.extension import value_at
from s4mcl_trainables.methods import method_named

STORAGE = "reproduced"  # another storage than the study's own, which would only look the trial up
DATA = ("data.validation", "data.test", "data.split_seed", "split")
MACHINE = ("cluster.cpus_per_pack", "cluster.gpus_per_pack")
SETTINGS = {  # a trial's settings by the keys of a study's configuration
    **{f"budget.{name}": name for name in ("iterations", "report_every", "patience")},
    **{name: name for name in ("image_size", "width", "depth", "schedule", "unlabelled_pool", "precision")},
    **{f"batch.{name}": f"batch_{name}" for name in ("labelled", "unlabelled")},
}
CONFIRM = "confirm"
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,90}")  # leaves room for the key within a study's name
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
WORDS = ("null", "true", "false", "nan", "inf")  # that Hydra reads as values


def reproduction(
    config: Mapping[str, Any], trial: Mapping[str, Any], key: str, stage: str, profile: Mapping[str, Any]
) -> list[str]:
    """The words after `s4mcl run` that make a study of this one trial, in a storage of its own.

    The same code, dataset and numeric profile then give the same key, and on the same kind of machine the same numbers.
    A trial of another stage than confirm never saw test labels, so they stay locked.

    Args:
        config: the study's configuration, in plain values.
        trial: the ledger's document of the trial: method, label_fraction, seed, settings, hyperparameters.
        key: its content key.
        stage: search, confirm or ablate.
        profile: the numeric profile that the study's provenance tells.
    """
    method, own = str(trial["method"]), config.get("reuse") == "off"  # then the study's name is in the key
    name = str(config.get("name"))
    words = [
        f"name={name if own else f'{name}-{key[:8]}' if NAME.fullmatch(name) else f'trial-{key[:8]}'}",
        f"storage={STORAGE}",
        f"data.path={value_at(config, 'data.path')}",
        f"methods=[{method}]",
        f"label_fractions=[{hydra_text(trial['label_fraction'])}]",
        f"seeds=[{trial['seed']}]",
        "search.trials=0",
        *(["reuse=off"] if own else []),
        *(["surface_distances=true"] if config.get("surface_distances") and stage == CONFIRM else []),
        *(["test=locked"] if stage != CONFIRM or config.get("test") == "locked" else []),
    ]
    given = {key: value_at(config, key) for key in (*DATA, *MACHINE)}
    settings = trial.get("settings") or {}
    given |= {key: settings[name] for key, name in SETTINGS.items() if name in settings}
    given |= {"precision": profile.get("precision", given.get("precision"))}  # "auto" is another one elsewhere
    usual = _defaults() | {"budget.report_every": max(1, given.get("budget.iterations", 0) // 10)}
    words += [f"{key}={hydra_text(value)}" for key, value in given.items() if value is not None and value != usual[key]]
    defaults = method_named(method).defaults
    hyperparameters = trial.get("hyperparameters") or {}
    return words + [
        f"hyperparameters.{method}.{name}={hydra_text(value)}"
        for name, value in hyperparameters.items()
        if value != defaults.get(name)
    ]


def command_line(words: list[str]) -> str:
    """The words as a shell takes them."""
    return shlex.join(["s4mcl", "run", *words])


@cache
def _defaults() -> dict[str, Any]:
    """What a study has that nothing was said of, by key."""
    plain = to_plain(compose_study(["name=name", "data.path=path"]))
    return {key: value_at(plain, key) for key in (*DATA, *MACHINE, *SETTINGS)}


def hydra_text(value: Any) -> str:
    """A value in Hydra's grammar; names in a dictionary are plain words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{','.join(hydra_text(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{name}:{hydra_text(item)}' for name, item in value.items())}}}"
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in WORDS
        return value if plain else QuotedString(value, Quote.single).with_quotes()
    return repr(value)
