"""A resolved configuration as YAML, and where two of them differ."""

from collections.abc import Mapping
from typing import Any

import yaml

from s4mcl.config.study_config import StudyConfig
from s4mcl_trainables.problems import InputError, Problems


def to_plain(config: StudyConfig) -> dict[str, Any]:
    """Plain values, ready for JSON and YAML."""
    return config.model_dump(mode="json")


def to_yaml(config: StudyConfig) -> str:
    """All keys with their values; reading it again gives the same ones."""
    plain = to_plain(config)
    text = _dump(plain, allow_unicode=True)
    # PyYAML does not bring every character back that it writes as it is, such as U+0085.
    return text if yaml.safe_load(text) == plain else _dump(plain, allow_unicode=False)


def _dump(plain: dict[str, Any], allow_unicode: bool) -> str:
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=allow_unicode, width=120)
    return text


def from_yaml(text: str, where: str = "config.yaml") -> StudyConfig:
    """The configuration that `to_yaml` wrote; `where` is what messages call it.

    The methods' own hyperparameters are not looked at: an old study can be read where its method is not installed.

    Raises:
        InputError: the text is not YAML, or not a configuration.
    """
    try:
        plain = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{where} is not YAML: {error}.\nCure: restore it from a copy") from None
    return StudyConfig.from_plain(plain, Problems(f"{where} cannot be used"), "restore it from a copy")


def difference(old: StudyConfig | Mapping[str, Any], new: StudyConfig | Mapping[str, Any]) -> list[str]:
    """The dotted keys whose values differ, sorted; a key that only one of them has counts. Lists are compared whole."""
    before, after = (_flat(to_plain(one) if isinstance(one, StudyConfig) else one) for one in (old, new))
    missing = object()
    return sorted(key for key in before.keys() | after.keys() if before.get(key, missing) != after.get(key, missing))


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
