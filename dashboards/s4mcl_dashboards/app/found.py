"""What the statistics say of a study, worked out beside the pages: it can take longer than a page may."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas  # type: ignore[import-untyped]  # noqa: F401  # see below

from s4mcl_dashboards.app.place import Place
from s4mcl_dashboards.app.reading import Reading
from s4mcl_dashboards.caveats import caveats
from s4mcl_dashboards.findings import Findings, findings_of

# The statistics import pandas when they first need it, in a thread; Plotly in another thread would take the half of it
# that is there for the whole. So it is imported before there are threads.


@dataclass(frozen=True)
class Found:
    """The statistics of one state of a study.

    Attributes:
        of: the token of the reading that they are of.
        warnings: in words, by kind, the gravest kind first.
    """

    of: str
    findings: Findings
    warnings: tuple[tuple[str, ...], ...]

    @property
    def count(self) -> int:
        """How many warnings there are."""
        return sum(map(len, self.warnings))


def found_in(read: Callable[[], Reading], old: Found | None) -> Found:
    """The statistics of a study as it is read now, or the old ones where it has no news."""
    reading = read()
    if old is not None and old.of == reading.token:
        return old
    findings = findings_of(reading.study)
    told = caveats(reading.material(Place(), findings))
    return Found(reading.token, findings, tuple(tuple(texts) for texts in told))
