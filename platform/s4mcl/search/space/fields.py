"""The fields of one parameter's YAML, read one by one with every problem noted."""

import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from s4mcl_trainables.problems import Problems

LARGEST = sys.float_info.max


class Fields:
    """Reads a mapping; each reader returns None where the field is missing or wrong, and notes the problem."""

    def __init__(self, where: str, given: Mapping[str, Any], problems: Problems) -> None:
        self.where = where
        self._given = given
        self._problems = problems

    def refuse(self, problem: str, name: str | None = None) -> None:
        """Note a problem of the whole or of one field."""
        self._problems.add(f"{self.where}{'.' + name if name else ''}: {problem}")

    def refuse_others(self, known: list[str]) -> None:
        """Note every field that is not known."""
        for name in self._given:
            if name not in known:
                near = get_close_matches(str(name), known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                self.refuse(f"unknown key; {hint}", str(name))

    def number(self, name: str) -> float | None:
        """A finite number, whole or not."""
        value = self._given.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            self._expected("a number", name)
            return None
        return float(value)

    def whole(self, name: str, default: int | None = None) -> int | None:
        """A whole number; 1e3 counts as one."""
        value = self._given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
            self._expected("a whole number", name)
            return None
        return int(value)

    def flag(self, name: str) -> bool:
        """True or false; false when missing."""
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            self._expected("true or false", name)
        return value is True

    def several(self, name: str, default: list[Any] | None = None) -> list[Any] | None:
        """A list without doubles."""
        value = self._given.get(name, default)
        if not isinstance(value, list):
            self._expected("a list", name)
            return None
        doubled = [item for place, item in enumerate(value) if item in value[:place]]
        if doubled:
            self.refuse(f"{doubled[0]!r} stands twice", name)
            return None
        return value

    def range(self, low: float, high: float, log: bool) -> bool:
        """Whether low and high bound a range that can be searched."""
        if low > high:
            self.refuse(f"the range is empty, low {low:g} is above high {high:g}")
        elif low == high:
            self.refuse(f"the range holds the single value {low:g}; fix it under hyperparameters instead")
        if log and low <= 0:
            self.refuse(f"a logarithmic range needs low above 0, found {low:g}", "low")
        return low < high and (low > 0 or not log)

    def _expected(self, what: str, name: str) -> None:
        found = f"found {self._given[name]!r}" if name in self._given else "found nothing"
        self.refuse(f"expected {what}, {found}", name)
