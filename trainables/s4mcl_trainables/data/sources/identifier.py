"""The identifier of an image: its file name without the ending. It never becomes a path."""

import unicodedata

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom"})


def suffix_of(name: str) -> str:
    """The ending of a file name in small letters, as `PurePath.suffix` has it but many times faster.

    >>> suffix_of("scan.v2.PNG"), suffix_of(".png"), suffix_of("scan."), suffix_of("scan")
    ('.png', '', '', '')
    """
    last = name.rpartition("/")[2]
    dot = last.rfind(".")
    return last[dot:].lower() if 0 < dot < len(last) - 1 else ""


def identifier_of(name: str) -> str:
    """The identifier that a file name or a cell of the column `id` stands for.

    A known ending is left out ("a.png" and "a" are one image); the text is put into Unicode's composed form, since
    macOS hands out file names decomposed.

    >>> identifier_of("benign (1).PNG"), identifier_of("scan.v2")
    ('benign (1)', 'scan.v2')
    """
    suffix = suffix_of(name)
    known = suffix in SUFFIXES and "/" not in name
    return unicodedata.normalize("NFC", name[: -len(suffix)] if known else name)


def identifier_fault(identifier: str) -> str | None:
    """Why an identifier cannot be used, or None when it can."""
    if not identifier:
        return "is empty"
    if identifier in (".", "..") or "/" in identifier or "\\" in identifier:
        return "leads to another folder"
    if identifier[1:2] == ":" and identifier[0].isalpha():
        return "begins with a drive"
    kinds = set() if identifier.isprintable() else {unicodedata.category(letter) for letter in identifier}
    if "Cc" in kinds:
        return "holds control characters"
    return "is not UTF-8" if "Cs" in kinds else None


def shown(text: str) -> str:
    """Text for a message: as it is where it prints, escaped where it would not."""
    return text if text.isprintable() else ascii(text)
