"""A page as it is shown."""

import hashlib
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Shown:
    """HTML with the title of its window.

    Attributes:
        source: the tokens of all that it was made from; while they stay it need not be made again.
    """

    title: str
    html: str
    source: str = ""

    @cached_property
    def mark(self) -> str:
        """A text that two pages share only when they look alike."""
        return hashlib.sha256(f"{self.title}\0{self.html}".encode()).hexdigest()[:20]
