"""The whole report as blocks, its figures, pictures and tables named."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.blocks import Aside, Block, Figure, Heading, Picture, Run, Table, plain
from s4mcl_dashboards.formats.read_blocks import read_blocks
from s4mcl_dashboards.page import parts

NO_LETTERS = re.compile(r"[^a-z0-9]+")
LONGEST, MOST = 40, 100  # characters of a part of a name, and of a name


@dataclass(frozen=True)
class Document:
    """The report's title, and its blocks after that."""

    title: str
    blocks: tuple[Block, ...]

    def all(self) -> Iterator[Block]:
        """Every block, also those inside of others."""
        return walked(self.blocks)

    @property
    def figures(self) -> list[Figure]:
        """All figures, in order."""
        return [block for block in self.all() if isinstance(block, Figure)]

    @property
    def pictures(self) -> list[Picture]:
        """All pictures in cells of tables, in order."""
        tables = [block for block in self.all() if isinstance(block, Table)]
        return [cell.picture for table in tables for row in table.rows for cell in row if cell.picture is not None]


def walked(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks and those inside of them."""
    for block in blocks:
        yield block
        if isinstance(block, Aside):
            yield from walked(block.blocks)


def read_document(asked: Asked) -> Document:
    """The report of the studies.

    Raises:
        InputError: a study cannot be read.
    """
    found = parts(asked.materials(), list(asked.studies))
    blocks = read_blocks(f"{found.description}{found.summary}{found.sections}")
    return Document(found.title, tuple(_Names().named(blocks)))


class _Names:
    """Gives names, no two alike: of the section, the panel in it, and the figure or table."""

    def __init__(self) -> None:
        self._section = self._panel = ""
        self._given: set[str] = set()

    def named(self, blocks: Sequence[Block]) -> Iterator[Block]:
        for block in blocks:
            if isinstance(block, Heading):
                self._section, self._panel = (
                    (block.anchor, "") if block.anchor else (self._section, slug(plain(block.runs)))
                )
            if isinstance(block, Figure):
                yield replace(block, name=self._free(block.title or "figure"))
            elif isinstance(block, Table):
                yield self._table(block)
            elif isinstance(block, Aside):
                yield Aside(tuple(self.named(block.blocks)))
            else:
                yield block

    def _table(self, table: Table) -> Table:
        rows = tuple(
            tuple(
                cell
                if cell.picture is None
                else replace(cell, picture=replace(cell.picture, name=self._free("picture")))
                for cell in row
            )
            for row in table.rows
        )
        return replace(table, rows=rows, name=self._free(table.caption or "table"))

    def _free(self, title: str) -> str:
        wanted = "-".join(part for part in (self._section, self._panel, slug(title)) if part)[:MOST]
        name = next(found for found in _numbered(wanted) if found not in self._given)
        self._given.add(name)
        return name


def _numbered(name: str) -> Iterator[str]:
    yield name
    place = 1
    while True:
        place += 1
        yield f"{name}-{place}"


def slug(text: str) -> str:
    """Text as the name of a file: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return NO_LETTERS.sub("-", plain).strip("-")[:LONGEST].strip("-") or "part"


def titled(document: Document) -> tuple[Block, ...]:
    """All blocks, the title first."""
    return (Heading(1, (Run(document.title),)), *document.blocks)
