"""The layout with a folder a class: <class>/<name>.png with <name>_mask.png, <name>_mask_1.png, ... beside it.

Several structures are named by their files: <name>_mask_<structure>.png, <name>_mask_<structure>_1.png, ...
"""

import re
from pathlib import Path

from s4mcl_trainables.data.sources.identifier import identifier_of
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.picture_folder import PictureFolder, list_pictures
from s4mcl_trainables.data.sources.source import Item, Source, passed_over_notice

UNLABELLED = ("unlabelled", "unlabeled")  # the images of such a folder carry no class
_MASK = re.compile(r"(?P<name>.+)_mask(_\d+)?", re.IGNORECASE | re.DOTALL)
_OF_STRUCTURE = re.compile(
    r"(?P<name>.+?)_mask_(?P<structure>(?!\d+$).+?)(_\d+)?", re.IGNORECASE | re.DOTALL
)  # of an image that is there


def read_class_folders(root: Path, folders: tuple[str, ...], offences: Offences) -> Source:
    """Read the layout; faults of single files are noted in `offences`.

    The identifier is the file's name without its ending, so it must be unique over all classes. All masks of one image
    and structure are merged by OR. A folder named `unlabelled` holds images without a class.

    Raises:
        InputError: a folder cannot be read.
    """
    items: dict[str, Item] = {}
    notices: list[str] = []
    for name in folders:
        folder = list_pictures(root / name)
        if not folder.pictures and not folder.folders:
            notices.append(f"{name}/: no image in it, passed over")
            continue
        for inner in folder.folders:
            offences.add("nested", f"{name}/{inner}")
        notices += passed_over_notice(name, folder.passed_over)
        for item in _items(folder, offences):
            if item.id in items:
                offences.add("duplicate", f"{item.image} and {items[item.id].image}: both are {item.id!r}")
            items.setdefault(item.id, item)
    if items:
        notices.append("no groups were given: every image is a group of its own; see: s4mcl data check")
    return Source("folders", list(items.values()), notices=notices)


def _items(folder: PictureFolder, offences: Offences) -> list[Item]:
    """The images of one class folder with their masks."""
    files = folder.by_identifier(offences)
    masks: dict[str, dict[str, str]] = {}  # image to mask to structure
    for identifier in files:
        if match := _MASK.fullmatch(identifier):
            masks.setdefault(match["name"], {})[identifier] = ""
        elif (match := _OF_STRUCTURE.fullmatch(identifier)) and match["name"] in files:
            masks.setdefault(match["name"], {})[identifier] = match["structure"]
    taken = {mask for names in masks.values() for mask in names}
    label = folder.path.name
    for name, own in masks.items():
        if name not in files:
            for mask in own:
                offences.add("lonely_mask", f"{label}/{files[mask]}: no image {name!r} in {label}/")
    return [
        Item(
            id=identifier_of(file),
            image=f"{label}/{file}",
            masks=tuple(f"{label}/{files[mask]}" for mask in sorted(masks.get(identifier, {}))),
            label=None if label.lower() in UNLABELLED else label,
            structures=_structures(masks.get(identifier, {})),
        )
        for identifier, file in files.items()
        if identifier not in taken
    ]


def _structures(masks: dict[str, str]) -> tuple[str, ...]:
    """What each mask shows, in the order of the masks; nothing where none says it."""
    named = tuple(masks[mask] for mask in sorted(masks))
    return named if any(named) else ()
