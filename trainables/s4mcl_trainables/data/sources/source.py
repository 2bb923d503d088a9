"""A folder of images as it was read: the items to prepare, and what is worth saying about it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """One image: paths are relative to the source folder, `metadata` follows `Source.metadata`.

    `structures` names what each of the masks shows; it is empty where they all show the same. Masks of one structure
    are merged by OR.
    """

    id: str
    image: str
    masks: tuple[str, ...] = ()
    label: str | None = None
    group: str | None = None
    split: str | None = None
    metadata: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()


@dataclass
class Source:
    """All items of a folder, sorted by identifier, so that the order does not depend on rows or file systems.

    `decoder` is the module that reads its files, where that is not this package.
    """

    layout: str
    items: list[Item]
    metadata: tuple[str, ...] = ()
    left_out: int = 0
    without_row: int = 0
    notices: list[str] = field(default_factory=list)
    decoder: str = ""

    def __post_init__(self) -> None:
        self.items.sort(key=lambda item: item.id)


def passed_over_notice(where: str, endings: Counter[str]) -> list[str]:
    """A sentence on files that are no images; nothing when there are none."""
    if not endings:
        return []
    kinds = ", ".join(f"{ending} ({count})" for ending, count in sorted(endings.items()))
    return [f"{where}: files that are no images were passed over: {kinds}"]
