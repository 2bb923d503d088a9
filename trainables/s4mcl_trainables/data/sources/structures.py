"""The structures of a dataset: what each channel of its masks shows, found in the names of files or given in order."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from s4mcl_trainables.data.sources.identifier import shown
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.source import Item


@dataclass(frozen=True)
class Structures:
    """Names in the order of the channels; none where there is one structure without a name.

    `label_maps`: a mask file shows all of them, the n-th by the value n.
    """

    names: tuple[str, ...] = ()
    label_maps: bool = False

    @property
    def count(self) -> int:
        """The channels of a mask."""
        return max(1, len(self.names))

    def places(self, item: Item) -> tuple[tuple[int, str], ...]:
        """The channel and the path of each of its masks; the channel says nothing of a label map."""
        names = item.structures or ("",) * len(item.masks)
        number = {name: place for place, name in enumerate(self.names)}
        return tuple((number.get(name, 0), path) for name, path in zip(names, item.masks, strict=True))


def resolve_structures(items: Sequence[Item], given: Sequence[str] | None, offences: Offences) -> Structures:
    """The structures as given, otherwise the names found, sorted.

    Names that are given where the masks have none say that the masks are label maps. Noted in `offences`: a name that
    is not among the given ones, images with masks of some structures only, and masks with and without a name.
    """
    named = [item for item in items if item.structures]
    found = sorted({name for item in named for name in item.structures})
    if not named:
        return Structures(tuple(given or ()), label_maps=bool(given))
    for item in items:
        if item.masks and not item.structures:
            offences.add("structures", f"{shown(item.masks[0])}: it names no structure, other masks do")
    names = tuple(given or found)
    for item in named:
        _note_misfits(item, names, offences)
    for name in names:
        if name not in found:
            offences.add("structures", f"structure {name!r} was asked for, but no mask shows it")
    return Structures(names)


def _note_misfits(item: Item, names: tuple[str, ...], offences: Offences) -> None:
    for name in sorted(set(item.structures) - set(names)):
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; {near[0]!r} is near" if near else ""
        offences.add("structures", f"{shown(item.image)}: unknown structure {shown(name)!r}{hint}")
    lacking = [name for name in names if name not in item.structures]
    if lacking and set(item.structures) & set(names):
        offences.add("structures", f"{shown(item.image)}: no mask of {', '.join(map(shown, lacking))}")
