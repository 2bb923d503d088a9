"""The layout with a table: SRC/images/, SRC/masks/ (optional) and SRC/labels.csv.

Several structures have folders of their own: SRC/masks/<structure>/<id>.png.
"""

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from s4mcl_trainables.data.sources.label_table import Row, read_label_table
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.picture_folder import PictureFolder, list_pictures
from s4mcl_trainables.data.sources.source import Item, Source, passed_over_notice

Masks = Mapping[str, Mapping[str, str]]  # structure to identifier to file


def read_image_table(root: Path, offences: Offences, *, keep_all: bool) -> Source:
    """Read the layout; faults of single files and rows are noted in `offences`.

    An image without a row is unlabelled, and counted. Rows with `keep` 0 are left out with their image and mask,
    unless `keep_all` is given: then `keep` becomes a metadata column.

    Raises:
        InputError: a folder or labels.csv cannot be read as a whole.
    """
    images = _pictures(root / "images", offences)
    masks = _mask_folders(root, offences)
    image_files = images.by_identifier(offences)
    mask_files = {name: folder.by_identifier(offences) for name, folder in masks.items()}
    table = read_label_table(root / "labels.csv", offences, keep_column=keep_all)
    for structure, files in mask_files.items():
        for identifier, name in files.items():
            if identifier not in image_files:
                where = _place(structure, name)
                offences.add("lonely_mask", f"{where}: no image {identifier!r} in images/")
    rows = {row.id: row for row in table.rows}
    kept = {identifier: row for identifier, row in rows.items() if row.keep or keep_all}
    for row in kept.values():
        if row.id not in image_files:
            offences.add("no_image", f"labels.csv, line {row.line}: no image {row.id!r} in images/")
    items = [
        _item(identifier, name, mask_files, kept.get(identifier), len(table.metadata))
        for identifier, name in image_files.items()
        if identifier in kept or identifier not in rows
    ]
    without_row = sum(identifier not in rows for identifier in image_files)
    notices = list(table.notices)
    if without_row:
        notices.append(f"images without a row in labels.csv, taken as unlabelled: {without_row}")
    for folder in (images, *masks.values()):
        notices += passed_over_notice(folder.path.name, folder.passed_over)
    return Source("table", items, table.metadata, len(rows) - len(kept), without_row, notices)


def _pictures(path: Path, offences: Offences) -> PictureFolder:
    folder = list_pictures(path)
    for name in folder.folders:
        offences.add("nested", f"{path.name}/{name}")
    return folder


def _mask_folders(root: Path, offences: Offences) -> dict[str, PictureFolder]:
    """The folder of masks of each structure; masks that lie in none are those of ""."""
    if not (root / "masks").is_dir():
        return {}
    top = list_pictures(root / "masks")
    if not top.folders:
        return {"": top}
    inner = {_composed(name): _pictures(root / "masks" / name, offences) for name in top.folders}
    return {"": top, **inner} if top.pictures else inner


def _composed(name: str) -> str:
    """The name of a folder in Unicode's composed form, which macOS does not hand out."""
    return unicodedata.normalize("NFC", name)


def _place(structure: str, name: str) -> str:
    return f"masks/{structure}/{name}" if structure else f"masks/{name}"


def _item(identifier: str, image: str, masks: Masks, row: Row | None, width: int) -> Item:
    own = {structure: files[identifier] for structure, files in masks.items() if identifier in files}
    return Item(
        id=identifier,
        image=f"images/{image}",
        masks=tuple(_place(structure, name) for structure, name in own.items()),
        structures=() if set(own) <= {""} else tuple(own),
        label=row.label if row else None,
        group=row.group if row else None,
        split=row.split if row else None,
        metadata=row.metadata if row else ("",) * width,
    )
