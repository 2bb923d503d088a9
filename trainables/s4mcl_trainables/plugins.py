"""Modules that other distributions bring, known by an entry point, or by an environment variable.

    [project.entry-points."s4mcl.methods"]
    mine = "my_package.my_method"

does for a distribution what S4MCL_METHODS="mine=my_package.my_method" does for a module on PYTHONPATH; further ones
stand behind a comma. `module:attribute` names what is in a module. Nothing is imported before its name is asked for,
and what is wrong with one entry is told when that one is.
"""

import importlib
import logging
import os
import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from importlib.metadata import entry_points
from typing import Any

from s4mcl_trainables.problems import InputError, first_line

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """What is registered: `noun` is its word, `group` that of the entry points, `variable` of the environment."""

    noun: str
    group: str
    variable: str


@dataclass(frozen=True)
class Plugin:
    """One registered name.

    Attributes:
        value: module, or module:attribute.
        origin: who registers it: "distribution my-methods 1.0", or the variable.
        distribution: its name; empty where the variable names the module.
        cure: what to do where it cannot be imported.
        fault: why it cannot be used at all, with its cure; empty where nothing is known against it.
    """

    kind: Kind
    name: str
    value: str
    origin: str
    cure: str
    distribution: str = ""
    fault: str = ""

    @property
    def module(self) -> str:
        """The module that it names."""
        return self.value.partition(":")[0]

    def loaded(self) -> Any:
        """The module, or what it names in it.

        Raises:
            InputError: it cannot be used, or importing it fails, in whatever way.
        """
        if self.fault:
            raise InputError(self.fault)
        what = f"{self.origin}: module {self.module} of {self.kind.noun} {self.name}"
        try:
            module = importlib.import_module(self.module)
        except Exception as error:  # other people's code
            why = (
                first_line(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {first_line(error)}"
            )
            raise InputError(f"{what} cannot be imported: {why}.\nCure: {self.cure}") from error
        inner = [part for part in self.value.partition(":")[2].split(".") if part]
        try:
            return reduce(getattr, inner, module)
        except AttributeError as error:
            raise InputError(f"{what} has no {'.'.join(inner)}.\nCure: mend the entry, or ask its authors") from error

    def lacking(self, found: str, cure: str) -> InputError:
        """What to raise where the module is not what it should be."""
        what = f"{self.origin}: module {self.module} {found} {self.kind.noun} {self.name}"
        return InputError(f"{what}.\nCure: {cure}")


def plugins(kind: Kind, taken: Collection[str]) -> dict[str, Plugin]:
    """What is registered now, by name. A distribution's name that is `taken` is passed over with a warning.

    Raises:
        InputError: the environment's variable cannot be read, or names one that is taken.
    """
    return _found(kind, tuple(taken), os.environ.get(kind.variable, ""), tuple(sys.path))


@lru_cache(maxsize=8)
def _found(kind: Kind, taken: tuple[str, ...], text: str, path: tuple[str, ...]) -> dict[str, Plugin]:
    """`path` is where distributions are looked for: another one may have others."""
    found: dict[str, Plugin] = {}
    for plugin in _of_distributions(kind):
        if plugin.name in taken:
            logger.warning(
                "%s registers a %s %s, which is there already: it is passed over. Cure: give it another name",
                *(plugin.origin, kind.noun, plugin.name),
            )
        else:
            found[plugin.name] = _clash(found[plugin.name], plugin) if plugin.name in found else plugin
    for plugin in _of_environment(kind, text, taken):
        found[plugin.name] = _clash(found[plugin.name], plugin) if plugin.name in found else plugin
    return found


def _clash(one: Plugin, other: Plugin) -> Plugin:
    what = f"{one.kind.noun} {one.name} is registered twice, by {one.origin} and by {other.origin}"
    return replace(one, fault=f"{what}.\nCure: uninstall one of them, or give one another name")


def _of_distributions(kind: Kind) -> list[Plugin]:
    found = []
    for entry in entry_points(group=kind.group):
        name, release = (entry.dist.name, entry.dist.version) if entry.dist else ("without a name", "")
        origin = f"distribution {name} {release}".rstrip()
        cure = f"install it again with all that it needs (pip install {name}), on the nodes of a cluster, too"
        plugin = Plugin(kind, entry.name, entry.value, origin, cure, entry.dist.name if entry.dist else "")
        if not (entry.name.isidentifier() and _is_reference(entry.value)):
            text = f"{origin}, entry point {entry.name} = {entry.value}: name = module was expected"
            plugin = replace(plugin, fault=f"{text}.\nCure: mend its [project.entry-points.{kind.group!r}]")
        found.append(plugin)
    return found


def _of_environment(kind: Kind, text: str, taken: Collection[str]) -> list[Plugin]:
    found: dict[str, Plugin] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (part.strip() for part in entry.partition("="))
        if not (name.isidentifier() and _is_reference(value)):
            raise InputError(
                f"{kind.variable}: name=module was expected, {entry!r} was found.\nCure: mend the variable"
            )
        if name in taken or name in found:
            raise InputError(f"{kind.variable}: there is a {kind.noun} {name} already.\nCure: give it another name")
        cure = "put its folder on PYTHONPATH, for the workers too"
        found[name] = Plugin(kind, name, value, kind.variable, cure)
    return list(found.values())


def _is_reference(value: str) -> bool:
    """Whether this is module or module:attribute."""
    module, colon, inner = value.partition(":")
    parts = [*module.split("."), *(inner.split(".") if colon else ())]
    return all(part.isidentifier() for part in parts)
