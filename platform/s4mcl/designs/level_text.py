"""A level of a factor in words, for the name of an arm."""

from typing import Any


def level_text(value: Any) -> str:
    """0.01, true, cs, or identity+hflip; a number has all digits that it needs."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, list | tuple):
        return "+".join(str(item) for item in value)
    return str(value)
