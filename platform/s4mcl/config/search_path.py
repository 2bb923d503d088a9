"""Where the YAML files are that a configuration is composed from."""

from pathlib import Path

import s4mcl
from s4mcl_trainables.problems import InputError

CONFIG = "config"
GROUPS = ("study", "data", "method", "space", "cluster")


def own_folder() -> Path:
    """The platform's files: inside an installed package, or the repository's folder when installed as editable.

    Raises:
        InputError: they are in neither place.
    """
    package = Path(s4mcl.__file__).resolve().parent
    places = [package / "search_spaces", package.parents[1] / "search_spaces"]
    for place in places:
        if (place / f"{CONFIG}.yaml").is_file():
            return place
    raise InputError(
        f"the search spaces are missing: no {CONFIG}.yaml in {places[0]} or {places[1]}.\nCure: install s4mcl again"
    )


def options(group: str, folders: list[Path]) -> list[str]:
    """The options of a group, by name."""
    found = [
        path.relative_to(folder / group).with_suffix("").as_posix()
        for folder in folders
        for path in sorted((folder / group).rglob("*.yaml"))
    ]
    return sorted(set(found))


def doubled_options(folder: Path) -> list[str]:
    """Options in a user's folder that the platform has as well and that would be passed over."""
    return [
        f"{folder / group / name}.yaml: the platform has {group}={name} too; give yours another name"
        for group in GROUPS
        for name in options(group, [folder])
        if name in options(group, [own_folder()])
    ]
