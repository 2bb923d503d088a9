"""A folder of files that appears whole or not at all, and replaces only what was written here."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s4mcl_trainables.problems import InputError

MANIFEST = ".s4mcl-report.json"  # path in the folder to the hash of what was written there
CURE = "Cure: name another folder with --output, or move what is yours out of this one"


@contextmanager
def placed_folder(target: Path) -> Iterator[Path]:
    """A new folder to write into, which at the end of the block takes the place of `target`; after an error it goes.

    Where `target` exists, what an earlier report wrote is replaced and other files stay. The parent must exist.

    Raises:
        InputError: `target` is a file, holds files of the new names that this did not write, or that were changed
            since; or it cannot be written.
    """
    target = target.resolve()  # a link to a folder stays one
    before = _written(target)
    beside = target.with_name(f".{target.name[:100]}.{os.getpid()}")
    try:
        beside.mkdir()
        yield beside
        files = [path.relative_to(beside).as_posix() for path in sorted(beside.rglob("*")) if path.is_file()]
        _refuse_foreign(target, files, before)
        (beside / MANIFEST).write_text(json.dumps({name: _hash(beside / name) for name in files}), encoding="utf-8")
        _swap(beside, target, before)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}\n{CURE}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _written(target: Path) -> dict[str, str]:
    """What an earlier report wrote: relative path to hash; nothing where there is no folder yet.

    Raises:
        InputError: it is a file.
    """
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file; this format is a folder.\n{CURE}")
    try:
        found = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _refuse_foreign(target: Path, files: list[str], before: dict[str, str]) -> None:
    for name in dict.fromkeys([*files, *before]):
        path = target / name
        if path.is_dir() and name in files:
            raise InputError(f"{path} is a folder that the report did not write.\n{CURE}")
        if path.is_file() and (name not in before or _hash(path) != before[name]):
            told = "was changed since the report wrote it" if name in before else "was not written by the report"
            raise InputError(f"{path} {told}, so it is not replaced.\n{CURE}")


def _swap(beside: Path, target: Path, before: dict[str, str]) -> None:
    """Put the new folder into its place, and what is not the report's from the old one into the new."""
    if not target.exists():
        beside.replace(target)
        return
    old = target.with_name(f".{target.name[:100]}.old.{os.getpid()}")
    target.rename(old)
    try:
        beside.replace(target)
    except OSError:
        old.rename(target)
        raise
    own = {*before, MANIFEST}
    for path in sorted(old.rglob("*")):
        name = path.relative_to(old)
        is_file = path.is_file() or path.is_symlink()
        if is_file and name.as_posix() not in own:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            path.replace(target / name)
    shutil.rmtree(old)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
