"""The report as blocks of text, tables and figures, apart from any way to write them.

Figures, pictures and tables have a `name`, no two alike in a document and safe as the name of a file; "" before they
are named.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Run:
    """A piece of text in one manner; blanks in it are single, and a no-break space stays one."""

    text: str
    strong: bool = False
    emphasised: bool = False
    code: bool = False
    raised: bool = False


Inline = tuple[Run, ...]


def plain(runs: Inline) -> str:
    """The text of the runs."""
    return "".join(run.text for run in runs)


@dataclass(frozen=True)
class Heading:
    """A heading; `anchor` is the id of the section that it opens, "" inside of one."""

    level: int
    runs: Inline
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a note is set smaller."""

    runs: Inline
    note: bool = False


@dataclass(frozen=True)
class Items:
    """A bulleted list."""

    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Facts:
    """Names with their values."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Picture:
    """An image of a patient with lines over it: PNG bytes, and (kind, path data of SVG) from bottom to top."""

    alternative: str
    width: int
    height: int
    image: bytes = field(repr=False)
    lines: tuple[tuple[str, str], ...] = field(repr=False)
    name: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell of a table, over `rows` rows; a head names its row or column."""

    runs: Inline
    head: bool = False
    rows: int = 1
    picture: Picture | None = None


@dataclass(frozen=True)
class Table:
    """A table: its heads, then rows of cells. A cell that spans rows is left out in those below."""

    caption: str
    heads: tuple[Inline, ...]
    rows: tuple[tuple[Cell, ...], ...]
    name: str = ""


@dataclass(frozen=True)
class LegendEntry:
    """A line of a legend: the series that it names, or the look by which it is found in a figure."""

    name: str
    series: str = ""
    color: str = ""
    dash: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure: Plotly's JSON, and what is told of it in words."""

    title: str
    alternative: str
    note: Inline
    drawing: dict[str, Any] = field(repr=False)
    legend: tuple[LegendEntry, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Code:
    """Text that is shown as it is."""

    text: str


@dataclass(frozen=True)
class Aside:
    """What stands out, such as the warnings."""

    blocks: tuple["Block", ...]


Block = Heading | Paragraph | Items | Facts | Table | Figure | Code | Aside
