"""Formats of datasets that other distributions bring, or modules that S4MCL_FORMATS names (`plugins`).

The module of one offers

    matches(root: Path) -> bool                          whether what lies there is of this format
    read(root: Path, offences: Offences) -> Source       its items (`sources.source`)

and, where its files are not those that this package reads, of paths that are root/Item.image and root/Item.masks

    image(path: str) -> [H,W] uint8 or uint16            grey
    mask(path: str) -> [H,W] bool
    is_wide(path: str) -> bool                           more than 8 bits, where that is quicker than reading it
"""

import logging
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from s4mcl_trainables.data.sources.identifier import shown
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.source import Source
from s4mcl_trainables.plugins import Kind, Plugin, plugins
from s4mcl_trainables.problems import InputError, first_line

KIND = Kind("dataset format", "s4mcl.formats", "S4MCL_FORMATS")
LAYOUTS = ("table", "folders")  # this package's own

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnFormat:
    """A format that can be used."""

    plugin: Plugin
    module: Any

    def matches(self, root: Path) -> bool:
        """Whether it takes a folder, or a file, for its own."""
        try:
            return bool(self.module.matches(root))
        except Exception as error:  # other people's code: another format may know the folder
            logger.warning("%s: matches of %s failed: %s", self.plugin.origin, self.plugin.name, first_line(error))
            return False

    def read(self, root: Path, offences: Offences) -> Source:
        """What lies in it.

        Raises:
            InputError: its own, or of whatever else happens in it.
        """
        try:
            source = self.module.read(root, offences)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"{root} cannot be read as {self.plugin.name}, which {self.plugin.origin} registers: "
                f"{type(error).__name__}: {first_line(error)}.\nCure: check the folder, or ask the format's authors"
            ) from error
        if not isinstance(source, Source):
            raise self.plugin.lacking("gives no Source for", "let read return one of data.sources.source")
        counts = Counter(item.id for item in source.items)
        for identifier in (identifier for identifier, count in counts.items() if count > 1):
            offences.add("duplicate", f"{self.plugin.name}: {shown(identifier)!r} stands {counts[identifier]} times")
        decodes = any(callable(getattr(self.module, name, None)) for name in ("image", "mask"))
        source.layout, source.decoder = self.plugin.name, self.plugin.module if decodes else ""
        return source


def own_format(root: Path, form: str | None) -> OwnFormat | None:
    """The format of this name; without one, that which takes `root` for its own, None where none does.

    One that cannot be imported is passed over with a warning, unless it is asked for.

    Raises:
        InputError: there is none of this name, it cannot be used, or two take the folder for theirs.
    """
    known = plugins(KIND, LAYOUTS)
    if form is not None:
        if form in known:
            return _usable(known[form])
        near = get_close_matches(form, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        there = f"registered are {', '.join(known)}" if known else "none is; install its distribution"
        raise InputError(f"unknown dataset format {form!r}.\nCure: {hint}{there}")
    found = []
    for plugin in known.values():
        try:
            usable = _usable(plugin)
        except InputError as error:
            logger.warning("%s", " ".join(str(error).split()))
            continue
        found += [usable] if usable.matches(root) else []
    if len(found) > 1:
        names = " and ".join(each.plugin.name for each in found)
        raise InputError(f"{root} looks like {names}.\nCure: say which it is: --format {found[0].plugin.name}")
    return found[0] if found else None


def _usable(plugin: Plugin) -> OwnFormat:
    module = plugin.loaded()
    lacking = [name for name in ("matches", "read") if not callable(getattr(module, name, None))]
    if lacking:
        raise plugin.lacking(f"has no {' and no '.join(lacking)} for", "give it matches(root) and read(root, offences)")
    return OwnFormat(plugin, module)
