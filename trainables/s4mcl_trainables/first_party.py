"""Which top-level modules belong to whoever wrote a module: its distribution's, or those that lie beside it.

A folder without metadata of distributions (a checkout that is installed as editable, a folder on PYTHONPATH) is one
author's: all in it counts. In a folder that several distributions share, site-packages among them, those count that the
distribution of the module brings. Both give the same for one distribution, however it is installed.
"""

import importlib.util
from importlib.metadata import Distribution, distributions
from pathlib import Path


def first_party(top: str) -> frozenset[str]:
    """The top-level modules that belong with `top`, itself included."""
    spec = importlib.util.find_spec(top)
    places = [*(spec.submodule_search_locations or ()), *filter(None, [spec.origin])] if spec else []
    if not places:
        return frozenset({top})
    folder = Path(places[0]).parent
    shared = list(distributions(path=[str(folder)]))
    if not shared:
        return frozenset({top, *_in_folder(folder)})
    return frozenset({top}.union(*(names for names in map(_brought, shared) if top in names)))


def _in_folder(folder: Path) -> set[str]:
    try:
        return {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path.is_dir() and path.suffix == "")}
    except OSError:
        return set()


def _brought(distribution: Distribution) -> set[str]:
    """The top-level modules of a distribution, by what it says of them and by its list of files."""
    listed = distribution.read_text("RECORD") or distribution.read_text("SOURCES.txt") or ""
    tops = set((distribution.read_text("top_level.txt") or "").split())
    for line in listed.splitlines():
        first, slash, _ = line.strip('"').partition("/")
        name = first if slash else first.partition(",")[0]
        if name.endswith(".py") and not slash:
            tops.add(name.removesuffix(".py"))
        elif slash and "." not in name:
            tops.add(name)
    return tops
