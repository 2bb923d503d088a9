"""A folder of pictures: the files in it that are images, in a fixed order."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from s4mcl_trainables.data.sources.identifier import SUFFIXES, identifier_fault, identifier_of, shown, suffix_of
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class PictureFolder:
    """What a folder holds: `pictures` are sorted file names, `passed_over` counts the endings of other files."""

    path: Path
    pictures: tuple[str, ...]
    folders: tuple[str, ...]
    passed_over: Counter[str]

    def by_identifier(self, offences: Offences) -> dict[str, str]:
        """File names by identifier; notes names that cannot be used and those that stand twice."""
        found: dict[str, str] = {}
        for name in self.pictures:
            identifier = identifier_of(name)
            where = f"{self.path.name}/{shown(name)}"
            if fault := identifier_fault(identifier):
                offences.add("identifier", f"{where}: the name {fault}")
            elif identifier in found:
                offences.add(
                    "duplicate", f"{where} and {self.path.name}/{shown(found[identifier])}: both are {identifier!r}"
                )
            else:
                found[identifier] = name
        return found


def list_pictures(path: Path) -> PictureFolder:
    """List a folder without opening its images. Hidden files and folders are left out.

    Raises:
        InputError: the folder cannot be read.
    """
    pictures, folders, passed_over = [], [], Counter[str]()
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith((".", "__MACOSX")):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif suffix_of(entry.name) in SUFFIXES or _is_dicom(entry.path):
                    pictures.append(entry.name)
                else:
                    passed_over[suffix_of(entry.name) or "no ending"] += 1
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}\nCure: give a folder that you may read") from error
    return PictureFolder(path, tuple(sorted(pictures)), tuple(sorted(folders)), passed_over)


def _is_dicom(path: str) -> bool:
    """DICOM files often have no ending, or the last number of a UID for one: their mark stands at byte 128."""
    try:
        with Path(path).open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False
