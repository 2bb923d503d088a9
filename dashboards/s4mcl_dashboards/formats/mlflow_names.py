"""Names and values as MLflow takes them: it refuses signs, paths and lengths that names from data may have."""

import posixpath
import re
from collections.abc import Iterable

UNKNOWN = re.compile(r"[^\w.\- :/]")
LONGEST, LONGEST_VALUE = 200, 5_000  # characters; MLflow's own limits are 250 and 6,000


def mlflow_names(names: Iterable[str]) -> dict[str, str]:
    """Each name as MLflow takes it, no two alike: most stay as they are."""
    given: dict[str, str] = {}
    for name in names:
        wanted = _allowed(name)
        free, place = wanted, 1
        while free in given.values():
            place += 1
            free = f"{wanted} {place}"
        given[name] = free
    return given


def _allowed(name: str) -> str:
    cleaned = UNKNOWN.sub("_", name)[:LONGEST].strip() or "_"
    resolved = posixpath.normpath(cleaned)
    if resolved != cleaned or resolved.startswith(("/", "..")) or resolved == ".":
        return re.sub(r"[/.]+", "_", cleaned)
    return cleaned


def mlflow_text(value: object) -> str:
    """A value as text that MLflow can hold."""
    return str(value).encode("utf-8", "replace").decode("utf-8")[:LONGEST_VALUE]
