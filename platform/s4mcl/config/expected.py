"""What a key of the configuration may hold: field types whose refusal says in words what was expected.

Pydantic would read '10' as 10 and 0.5 as true; these take a value for what it is. A whole number may be written 1e3.
"""

import math
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import product
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from s4mcl_trainables.label_fraction import (
    CLASSIFICATION,
    SEGMENTATION,
    TASKS,
    LabelFraction,
    TaskFractions,
    read_fraction,
)

EXPECTED = "expected"
MOST_SEEDS = 10_000
_FOLDER_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_SCHEMES = ("file", "s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")  # of pyarrow.fs.FileSystem.from_uri
_TAKEN = ("trials", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.url", "ledger.id")


def unexpected(expected: str) -> PydanticCustomError:
    """The error of a value that is not what was expected; the message is put together by `problem_texts`."""
    return PydanticCustomError(EXPECTED, "expected {expected}", {"expected": expected})


def whole(minimum: int, *, also: str | None = None) -> BeforeValidator:
    """A whole number of at least `minimum`, or the word `also`."""

    def check(value: Any) -> int | str:
        if value == also and also is not None:
            return also
        found = _whole_or_none(value)
        if found is None or found < minimum:
            raise unexpected(f"a whole number of at least {minimum}" + (f" or {also}" if also else ""))
        return found

    return BeforeValidator(check)


def share(*, one_allowed: bool) -> BeforeValidator:
    """A number above 0 and below 1, or up to 1."""
    words = "a share above 0 and at most 1" if one_allowed else "a share between 0 and 1"
    return BeforeValidator(lambda value: _share_or_refused(value, words, one_allowed=one_allowed))


def label_fraction() -> BeforeValidator:
    """A share of the labels above 0 and up to 1, or one for each task; equal shares become one number."""
    words = "a share above 0 and at most 1"

    def check(value: Any) -> LabelFraction:
        if isinstance(value, TaskFractions):
            return value
        if not isinstance(value, Mapping):
            return _share_or_refused(value, words)
        if set(value) != set(TASKS):
            raise unexpected(f"{words}, or one for each task as in {{classification: 0.5, segmentation: 0.05}}")
        shares = {task: _share_or_refused(value[task], f"{words}, and of {task} such a share") for task in TASKS}
        return read_fraction(shares)

    return BeforeValidator(check)


def grid_of_tasks() -> BeforeValidator:
    """A list of label fractions; or {classification: [...], segmentation: [...]}, which is each with each."""

    def check(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        if set(value) != set(TASKS) or not all(isinstance(each, list | tuple) and each for each in value.values()):
            raise unexpected("a list, or {classification: [0.1, 1.0], segmentation: [0.05, 0.5]} for each with each")
        pairs = product(value[CLASSIFICATION], value[SEGMENTATION])
        return [one if one == other else {CLASSIFICATION: one, SEGMENTATION: other} for one, other in pairs]

    return BeforeValidator(check)


def number(minimum: float, *, also: str | None = None) -> BeforeValidator:
    """A number of at least `minimum`, or the word `also`."""

    def check(value: Any) -> float | str:
        found = _number_or_none(value)
        if value == also and also is not None:
            return also
        if found is None or found < minimum:
            raise unexpected(f"a number of at least {minimum:g}" + (f" or {also}" if also else ""))
        return found

    return BeforeValidator(check)


def one_of(known: Sequence[str]) -> BeforeValidator:
    """One of several words."""

    def check(value: Any) -> str:
        if value not in known:
            near = get_close_matches(str(value), known, n=1)
            raise unexpected(f"one of {', '.join(known)}" + (f" (did you mean {near[0]}?)" if near else ""))
        return str(value)

    return BeforeValidator(check)


def text(what: str, *, empty: bool = False) -> BeforeValidator:
    """Any text; `what` says what it is for."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not (value or empty):
            raise unexpected(what)
        return value

    return BeforeValidator(check)


def uri() -> BeforeValidator:
    """A URI of a file system that pyarrow knows, without credentials."""

    def check(value: Any) -> str:
        scheme, colon, rest = value.partition("://") if isinstance(value, str) else ("", "", "")
        if not colon or not rest.strip("/") or scheme not in _SCHEMES:
            raise unexpected(f"a URI such as s3://BUCKET/FOLDER ({', '.join(_SCHEMES)})")
        if ":" in rest.partition("/")[0].rpartition("@")[0]:
            raise unexpected(
                "no credentials in a URI, since reports and Ray's dashboard show it; every node has them in "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or by its instance profile or service account"
            )
        return str(value).rstrip("/")

    return BeforeValidator(check)


def flag() -> BeforeValidator:
    """True or false."""

    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise unexpected("true or false")
        return value

    return BeforeValidator(check)


def folder_name() -> BeforeValidator:
    """A name that is safe as a folder on every system, and free in the storage."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not _FOLDER_NAME.fullmatch(value):
            raise unexpected("a name of at most 100 letters, digits, '.', '_' and '-' that does not begin with '.'")
        if value.lower() in _TAKEN:
            raise unexpected(f"another name than {', '.join(_TAKEN)}, which the storage uses itself")
        return value

    return BeforeValidator(check)


def several(example: str) -> BeforeValidator:
    """A list with at least one entry and none twice; entries are checked by the type within."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple) or not value:
            raise unexpected(f"a list such as {example}")
        doubled = [item for place, item in enumerate(value) if item in value[:place]]
        if doubled:
            raise unexpected(f"every entry once, but {doubled[0]!r} stands twice")
        return list(value)

    return BeforeValidator(check)


def two_numbers(example: str) -> BeforeValidator:
    """Two different finite numbers."""

    def check(value: Any) -> tuple[float, float]:
        found = [_number_or_none(item) for item in value] if isinstance(value, list | tuple) else []
        known = [item for item in found if item is not None]
        if len(found) != 2 or len(known) != 2 or known[0] == known[1]:
            raise unexpected(f"two different numbers such as {example}")
        return known[0], known[1]

    return BeforeValidator(check)


def seeds() -> BeforeValidator:
    """How many seeds (n stands for 0 to n-1), or which."""

    def check(value: Any) -> list[int]:
        count = _whole_or_none(value)
        if count is not None and 1 <= count <= MOST_SEEDS:
            return list(range(count))
        listed = [_whole_or_none(item) for item in value] if isinstance(value, list | tuple) else []
        chosen = [item for item in listed if item is not None and item >= 0]
        if not listed or len(chosen) < len(listed) or len(set(chosen)) < len(listed):
            raise unexpected(f"how many (1 to {MOST_SEEDS}) or a list such as [0, 1, 2], each once and none below 0")
        return chosen

    return BeforeValidator(check)


def _share_or_refused(value: Any, words: str, *, one_allowed: bool = True) -> float:
    found = _number_or_none(value)
    if found is None or not (0 < found < 1 or (one_allowed and found == 1)):
        percent = found is not None and 1 < found <= 100
        raise unexpected(f"{words} ({found:g} % is written {found / 100:g})" if percent and found else words)
    return found


def _number_or_none(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _whole_or_none(value: Any) -> int | None:
    found = _number_or_none(value)
    return int(value) if found is not None and found.is_integer() else None
