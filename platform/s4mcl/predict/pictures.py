"""The images that predictions are made for: a file, or all those in a folder and its folders."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from s4mcl_trainables.data.formats.decode import RASTERS
from s4mcl_trainables.data.sources.identifier import identifier_fault, identifier_of, shown
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.picture_folder import list_pictures
from s4mcl_trainables.data.sources.source import passed_over_notice
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class Picture:
    """An image file, relative to the root, and the name of what is made of it: a relative path without ending."""

    file: PurePosixPath
    name: PurePosixPath

    @property
    def is_dicom(self) -> bool:
        """Whether it is read as DICOM: a file of another ending, or of none, bears the mark of one."""
        return self.file.suffix.lower() not in RASTERS


@dataclass(frozen=True)
class Pictures:
    """All images below a folder, sorted, and what is worth saying about other files."""

    root: Path
    items: tuple[Picture, ...]
    notices: tuple[str, ...]


def find_pictures(path: Path) -> Pictures:
    """List images without opening them. Hidden files, and folders that are links, are left out.

    Raises:
        InputError: nothing is there, a folder cannot be read, or names cannot be used.
    """
    if path.is_file():
        file = PurePosixPath(path.name)
        return Pictures(path.parent, _named([file]), ())
    if not path.is_dir():
        raise InputError(f"{path} does not exist.\nCure: name an image, or a folder of images")
    files, passed_over = _walk(path)
    if not files:
        raise InputError(
            f"{path}: no image was found in it.\nCure: name an image, or a folder of PNG, JPEG, TIFF or DICOM files"
        )
    offences = Offences(path, "used")
    for file in files:
        if fault := next(filter(None, map(identifier_fault, file.parts)), None):
            offences.add("identifier", f"{shown(str(file))}: the name {fault}")
    offences.raise_if_any()
    return Pictures(path, _named(files), tuple(passed_over_notice(str(path), passed_over)))


def _walk(root: Path) -> tuple[list[PurePosixPath], Counter[str]]:
    files: list[PurePosixPath] = []
    passed_over = Counter[str]()
    waiting = [PurePath()]
    while waiting:
        at = waiting.pop()
        found = list_pictures(root / at)
        passed_over += found.passed_over
        files += [PurePosixPath(at / name) for name in found.pictures]
        waiting += [at / name for name in found.folders if not (root / at / name).is_symlink()]
    return sorted(files), passed_over


def _named(files: Sequence[PurePosixPath]) -> tuple[Picture, ...]:
    """a.png is called a, but beside a.tif it keeps its ending: nothing is ever written over another's.

    Where that gives a name twice even so (beside a.png.tif), all files of the folder keep their endings.
    """
    bare = {file: file.with_name(identifier_of(file.name)) for file in files}
    alike = _alike(bare)
    some = {file: file if file in alike else name for file, name in bare.items()}
    folders = {file.parent for file in _alike(some)}
    return tuple(Picture(file, file if file.parent in folders else name) for file, name in some.items())


def _alike(names: Mapping[PurePosixPath, PurePosixPath]) -> set[PurePosixPath]:
    """The files whose names differ from another's by capitals at most: not every file system tells those apart."""
    counts = Counter(str(name).casefold() for name in names.values())
    return {file for file, name in names.items() if counts[str(name).casefold()] > 1}
