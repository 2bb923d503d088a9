"""Values as JSON text. NaN and infinity are no JSON: they become null, and their names are kept beside."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

NON_FINITE = "non_finite"
RESERVED = ("key", "iteration")  # the other columns of a frame of reports
_SURROGATES = re.compile("[\ud800-\udfff]")


def encode(document: Mapping[str, Any]) -> str:
    """Canonical JSON text of a document.

    Numbers that are not finite become null; their dotted names are then listed under "non_finite".

    Raises:
        TypeError: a value is no JSON value.
    """
    names: list[str] = []
    plain = _plain(document, "", names)
    if names:
        plain[NON_FINITE] = sorted({*names, *plain.get(NON_FINITE, [])})
    return _text(plain)


def encode_list(numbers: Sequence[float]) -> str:
    """Numbers as a JSON list.

    Raises:
        ValueError: one is not finite.
    """
    return _text([number.item() if isinstance(number, np.generic) else number for number in numbers])


def decode(text: str | None) -> Any:
    """The document of a text, or None."""
    return None if text is None else json.loads(text)


def encode_values(values: Mapping[str, Any]) -> tuple[str, str | None]:
    """A report's flat values as JSON text, and the JSON list of the names that were not finite (None if all were).

    Raises:
        TypeError: a value is neither a number nor None.
        ValueError: a name is empty, "key" or "iteration", or holds quotation marks, backslashes or control characters.
    """
    plain: dict[str, float | None] = {}
    lost: list[str] = []
    for name, value in values.items():
        _check_name(name)
        number = None if value is None else _number(name, value)
        if number is not None and not math.isfinite(number):
            lost.append(name)
            number = None
        plain[name] = number
    return _text(plain), _text(sorted(lost)) if lost else None


def _check_name(name: str) -> None:
    if name in RESERVED or not name or not name.isprintable() or '"' in name or "\\" in name:
        expected = f"neither {' nor '.join(RESERVED)}, and without quotation marks, backslashes and control characters"
        raise ValueError(f"report value name {name!r}: a name was expected that is {expected}")


def _number(name: str, value: Any) -> float:
    if isinstance(value, int | float | np.number | np.bool_):
        return float(value)
    raise TypeError(f"report value {name!r} is {value!r}: a number or None was expected")


def _plain(value: Any, name: str, lost: list[str]) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{name}.{key}" if name else str(key), lost) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{name}.{index}", lost) for index, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        lost.append(name)
        return None
    return value


def _text(value: Any) -> str:
    """JSON as it is, but for lone surrogates: no database takes those, and paths of undecodable bytes have them."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
