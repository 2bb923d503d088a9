"""Which of the two layouts a folder has, or which other format, found by looking."""

from pathlib import Path

from s4mcl_trainables.data.sources.class_folders import read_class_folders
from s4mcl_trainables.data.sources.image_table import read_image_table
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.own_format import own_format
from s4mcl_trainables.data.sources.picture_folder import list_pictures
from s4mcl_trainables.data.sources.source import Source
from s4mcl_trainables.problems import InputError

FORMS = """Cure: give one of these two forms:
  SRC/images/<id>.png          SRC/<class>/<name>.png
  SRC/masks/<id>.png           SRC/<class>/<name>_mask.png
  SRC/labels.csv (id,label)    SRC/<class>/<name>_mask_1.png"""


def read_source(root: Path, offences: Offences, *, keep_all: bool = False, form: str | None = None) -> Source:
    """Read a folder of images in either layout, or in a format that another distribution brings (`own_format`).

    Faults of single files and rows are noted in `offences`.

    Args:
        form: the name of such a format; None: the first that takes the folder for its own.

    Raises:
        InputError: the folder cannot be read, has neither layout, or its format cannot be used.
    """
    if not root.exists():
        raise InputError(f"{root} does not exist.\n{FORMS}")
    if other := own_format(root, form):
        return _not_empty(root, other.read(root, offences), offences)
    if not root.is_dir():
        raise InputError(f"{root} is a file; a folder is expected.\n{FORMS}")
    top = list_pictures(root)
    has_table, has_images = (root / "labels.csv").exists(), "images" in top.folders
    if has_table and has_images:
        return _not_empty(root, read_image_table(root, offences, keep_all=keep_all), offences)
    if has_table or has_images:
        found, missing = ("labels.csv", "images/") if has_table else ("images/", "labels.csv")
        raise InputError(f"{root}: {found} was found, but no {missing}.\n{FORMS}")
    if top.pictures:
        raise InputError(f"{root}: {len(top.pictures)} images lie in it, in no folder of a class.\n{FORMS}")
    if not top.folders:
        raise InputError(f"{root}: no folder of images was found in it.\n{FORMS}")
    return _not_empty(root, read_class_folders(root, top.folders, offences), offences)


def _not_empty(root: Path, source: Source, offences: Offences) -> Source:
    if not source.items and not offences:
        raise InputError(f"{root}: no image was found in it.\n{FORMS}")
    return source
