"""The KEY=VALUE words of a command line, sorted by what is done with them, every problem noted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from s4mcl.config.known_keys import OPEN, is_open, known_keys, nearest
from s4mcl.config.search_path import GROUPS, options
from s4mcl.config.study_config import StudyConfig
from s4mcl_trainables.problems import Problems

LITERAL = (
    "data.path",
    "storage",
    "ledger",
    "name",
    "description",
)  # text that is taken as it stands, whatever it holds


@dataclass
class Overrides:
    """What is asked for: text by key, options and values for Hydra, keys to leave out."""

    literal: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def replaced(self) -> list[str]:
        """The keys below open ones that are given whole, not merged into what is there."""
        return [word[2:].removesuffix("=null") for word in self.values if word.endswith("=null")]

    @property
    def for_hydra(self) -> list[str]:
        """In Hydra's grammar."""
        return [*(f"{group}={option}" for group, option in self.options.items()), *self.values]


def read_overrides(given: Sequence[str], folders: list[Path], problems: Problems) -> Overrides:
    """Sort the words; a key that stands twice takes its last value.

    Args:
        given: KEY=VALUE for keys and groups, ~KEY to leave a hyperparameter or a searched one out. A leading + or ++
            changes nothing.
        folders: where the groups' options are.
        problems: unknown keys and options, and words that cannot be read, are noted here and left out of the result.
    """
    read = Overrides()
    parser = OverridesParser.create()
    for word in given:
        key, equals, value = word.partition("=")
        if equals and key.strip().lstrip("+") in LITERAL:
            read.literal[key.strip().lstrip("+")] = value
        elif not equals and not word.startswith("~"):
            hint = "" if word in known_keys(StudyConfig) else _hint(word)
            problems.add(f"{word or repr(word)}: expected KEY=VALUE; {hint or 'the = is missing'}")
        else:
            try:
                override = parser.parse_override(word)
            except HydraException as error:
                problems.add(f"{word}: cannot be read, {_first_line(error)}; values with , = or brackets need quotes")
                continue
            _sort(override, word, read, folders, problems)
    return read


def _sort(override: Override, word: str, read: Overrides, folders: list[Path], problems: Problems) -> None:
    key, value = override.key_or_group, word.partition("=")[2].strip()
    if override.is_delete():
        if is_open(key) and override.package is None:
            read.left_out.append(key)
        else:
            problems.add(f"{word}: only keys below {', '.join(OPEN[:-1])} and {OPEN[-1]} can be left out")
    elif override.is_sweep_override():
        problems.add(f"{word}: one study has one value here; a list is written in brackets, as in {key}=[{value}]")
    elif key in GROUPS:
        known = options(key, folders)
        if key == "method" and value == "null":
            read.options.pop(key, None)  # what it is without being asked for
        elif value in known:
            read.options[key] = value
        else:
            near = get_close_matches(value, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            inner = "; the dataset's folder is given with data.path=FOLDER" if key == "data" else ""
            problems.add(f"{key}: there is no {key} called {value!r}; {hint}{inner}")
    elif override.package is not None or not (is_open(key) or key in known_keys(StudyConfig)):
        hint = _hint(key) or f"known are {', '.join(StudyConfig.model_fields)}"
        problems.add(f"{override.get_key_element().lstrip('+') or word}: unknown key; {hint}")
    else:
        if (is_open(key) or key == "label_fractions") and isinstance(override.value(), dict):
            read.values.append(f"++{key}=null")  # Hydra would merge; a new specification replaces the old one
        read.values.append("++" + word.lstrip("+ "))


def _hint(key: str) -> str:
    return nearest(
        key, [*known_keys(StudyConfig), *(group for group in GROUPS if group not in StudyConfig.model_fields)]
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
