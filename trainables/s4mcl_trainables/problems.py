"""Bad input, told once: every offender of one input is collected and reported in one message."""

from collections.abc import Iterable

SHOWN = 20


class InputError(Exception):
    """Input that a person has to mend. The command line prints it and ends with exit status 2.

    The text names the place, what was found, what was expected and the cure.
    """


class Problems:
    """Collects the problems of one input so that all of them are told at once.

    >>> problems = Problems("labels.csv cannot be used")
    >>> problems.add("row 3: id 'a' stands twice")
    >>> problems.raise_if_any("give every image one row")
    Traceback (most recent call last):
    ...
    s4mcl_trainables.problems.InputError: labels.csv cannot be used:
      - row 3: id 'a' stands twice
    Cure: give every image one row
    """

    def __init__(self, heading: str) -> None:
        self.heading = heading
        self.found: list[str] = []

    def add(self, problem: str) -> None:
        """Note one problem; its text names the file, the row or the key."""
        self.found.append(problem)

    def extend(self, problems: Iterable[str]) -> None:
        """Note several problems in order."""
        self.found.extend(problems)

    def __bool__(self) -> bool:
        return bool(self.found)

    def raise_if_any(self, cure: str) -> None:
        """Raise `InputError` with the first 20 problems, the count of the rest, and the cure."""
        if self.found:
            raise InputError(self.text(cure))

    def text(self, cure: str) -> str:
        """The whole message."""
        lines = [f"  - {problem}" for problem in self.found[:SHOWN]]
        rest = len(self.found) - SHOWN
        if rest > 0:
            lines.append(f"  ... and {rest} more")
        return "\n".join([f"{self.heading}:", *lines, f"Cure: {cure}"])


def first_line(error: object) -> str:
    """The first line of what an error says; its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
