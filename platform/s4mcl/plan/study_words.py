"""A study as the command line that runs it again, whatever presets say by then."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from s4mcl.config import compose_study, difference, to_plain
from s4mcl.config.hyperparameters import add_own_spaces
from s4mcl.config.known_keys import OPEN
from s4mcl.config.overrides import LITERAL
from s4mcl.execution.extension import value_at
from s4mcl.method_spaces import EVERY
from s4mcl.plan.reproduction import STORAGE, hydra_text

OF_METHODS = ("hyperparameters", "space", "search.start")  # below these stands a method
BY_NAME = ("hyperparameters", "space")  # and below that a hyperparameter
# The usual methods are not looked at, which would import torch; the usual number of reports follows the iterations.
ALWAYS = ("methods", "budget.iterations", "budget.report_every")
OF_MACHINE = ("storage", "ledger", "description", "cluster.num_cpus", "cluster.num_gpus", "cluster.prices")


def study_words(config: Mapping[str, Any]) -> list[str]:
    """The words after `s4mcl run` that make the same configuration, in a storage of its own.

    What only the place or the machine decides is left out: storage, ledger, description, what Ray may use, prices.

    Args:
        config: of a study, in plain values, as the ledger holds it; that of an earlier version may lack keys.
    """
    usual = _usual_for(config.get("methods") or ())
    differing = {*difference(usual, config), *ALWAYS}
    told = [key for key in sorted(differing) if not key.startswith((*OF_MACHINE, *OPEN))]
    words = [f"name={value_at(config, 'name')}", f"storage={STORAGE}", f"data.path={value_at(config, 'data.path')}"]
    words += [_word(key, value_at(config, key)) for key in told if key not in LITERAL and _has(config, key)]
    methods = config.get("methods") or ()
    for key in OPEN:
        words += _open_words(key, value_at(usual, key) or {}, value_at(config, key) or {}, methods)
    return words


def _open_words(key: str, usual: Mapping[str, Any], config: Mapping[str, Any], methods: Sequence[str]) -> Iterator[str]:
    """What is added, changed and left out below a key whose names are free; of methods those that the study has."""
    before, after = (dict(_entries(key, values, methods)) for values in (usual, config))
    yield from (f"~{key}.{name}" for name in before if name not in after)
    yield from (_word(f"{key}.{name}", value) for name, value in after.items() if before.get(name) != value)


def _entries(key: str, values: Mapping[str, Any], methods: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if key in OF_METHODS and name not in (*methods, EVERY):
            continue
        if key in BY_NAME and isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", found) for inner, found in value.items())
        else:
            yield name, value


def _word(key: str, value: Any) -> str:
    return f"{key}={hydra_text(value)}"


def _has(config: Mapping[str, Any], key: str) -> bool:
    part, _, name = key.rpartition(".")
    inner = value_at(config, part) if part else config
    return isinstance(inner, Mapping) and name in inner


def _usual_for(methods: Sequence[str]) -> dict[str, Any]:
    """The usual configuration, with the spaces that methods from elsewhere bring."""
    usual = _usual()
    spaces = {"methods": list(methods), "space": dict(usual["space"])}
    add_own_spaces(spaces, ())
    return {**usual, "space": spaces["space"]}


@cache
def _usual() -> dict[str, Any]:
    return to_plain(compose_study(["name=name", "data.path=path", "methods=[stub]"]))
