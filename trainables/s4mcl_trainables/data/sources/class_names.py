"""The classes of a dataset: found in its labels, or given in the order wanted."""

import difflib
from collections import Counter
from collections.abc import Sequence

from s4mcl_trainables.data.sources.identifier import shown
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.source import Item

UNKNOWN = frozenset({"unknown", "nan", "null", "na", "n/a", "?", "-"})  # words for "not known", never a class unasked


def resolve_classes(items: Sequence[Item], given: Sequence[str] | None, offences: Offences) -> tuple[str, ...]:
    """The class names in the order of their indices: as given, otherwise sorted (numbers by value).

    Noted in `offences`: a label that is not among the given ones, words that mean "not known", names that differ by
    case alone, and fewer than two classes among the labels.
    """
    counts = Counter(item.label for item in items if item.label is not None)
    if given is None:
        _note_doubtful(counts, offences)
        names = tuple(sorted(counts, key=_order))
    else:
        names = tuple(given)
        _note_unknown(items, names, offences)
        for name in names:
            if name not in counts:
                offences.add("classes", f"class {name!r} was asked for, but no image has it")
    if items and len(counts) < 2:
        found = f"only {next(iter(counts))!r}" if counts else "none"
        offences.add("classes", f"two or more classes are expected among the labels, {found} was found")
    return names


def _order(name: str) -> tuple[int, float, str]:
    return (0, float(name), name) if name.isascii() and name.isdigit() else (1, 0.0, name)


def _note_doubtful(counts: Counter[str], offences: Offences) -> None:
    first: dict[str, str] = {}
    for name in sorted(counts):
        folded = name.casefold()
        if folded in UNKNOWN:
            offences.add(
                "classes",
                f"unknown class {shown(name)!r} on {counts[name]} images (empty label, or folder `unlabelled`)",
            )
        elif folded in first:
            offences.add("classes", f"{shown(first[folded])!r} and {shown(name)!r} differ by case alone")
        first.setdefault(folded, name)


def _note_unknown(items: Sequence[Item], names: tuple[str, ...], offences: Offences) -> None:
    for item in items:
        if item.label is not None and item.label not in names:
            near = difflib.get_close_matches(item.label, names, n=1)
            hint = f"; {near[0]!r} is near" if near else ""
            offences.add("classes", f"{item.image}: unknown class {shown(item.label)!r}{hint}")
