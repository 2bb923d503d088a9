"""The identifier of an image: its file name without the ending. It never becomes a path."""

import unicodedata
from pathlib import PurePath

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom"})


def identifier_of(name: str) -> str:
    """The identifier that a file name or a cell of the column `id` stands for.

    A known ending is left out ("a.png" and "a" are one image); the text is put into Unicode's composed form, since
    macOS hands out file names decomposed.

    >>> identifier_of("benign (1).PNG"), identifier_of("scan.v2")
    ('benign (1)', 'scan.v2')
    """
    path = PurePath(name)
    known = path.suffix.lower() in SUFFIXES and path.stem and "/" not in name
    return unicodedata.normalize("NFC", name[: -len(path.suffix)] if known else name)


def identifier_fault(identifier: str) -> str | None:
    """Why an identifier cannot be used, or None when it can."""
    if not identifier:
        return "is empty"
    if identifier in (".", "..") or "/" in identifier or "\\" in identifier:
        return "leads to another folder"
    if identifier[1:2] == ":" and identifier[0].isalpha():
        return "begins with a drive"
    if any(unicodedata.category(letter) == "Cc" for letter in identifier):
        return "holds control characters"
    if any(unicodedata.category(letter) == "Cs" for letter in identifier):
        return "is not UTF-8"
    return None


def shown(text: str) -> str:
    """Text for a message: as it is where it prints, escaped where it would not."""
    return text if text.isprintable() else ascii(text)
