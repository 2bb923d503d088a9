"""A table as LaTeX with the rules of booktabs."""

from collections.abc import Iterator, Sequence

from s4mcl.naming import shortened
from s4mcl_dashboards.formats.blocks import Cell, Inline, Run, Table, plain
from s4mcl_dashboards.formats.latex_text import inline
from s4mcl_dashboards.formats.table_grid import spread

LONG = 34  # characters beyond which the cells of a column are broken into lines
LONGEST = 300  # characters of a cell
WIDTH = "5.2cm"  # of such a column
LINES = 42  # of a page
PICTURE = r"\includegraphics[width=2.4cm]{figures/%s.png}"


def tabulars(table: Table) -> list[str]:
    """The table as one tabular or, where it is longer than a page, as several."""
    rows = [*spread(table.rows)]
    width = max([len(table.heads), *(len(row) for row in rows)], default=0)
    if not width:
        return []
    columns = _columns(table.heads, rows, width)
    return [_tabular(table.heads, part, columns) for part in _pages(rows, columns)]


def _columns(heads: Sequence[Inline], rows: Sequence[Sequence[Cell | None]], width: int) -> list[bool]:
    """Which columns are broken into lines."""
    longest = [0] * width
    for row in rows:
        for column, cell in enumerate(row):
            longest[column] = max(longest[column], 0 if cell is None or cell.picture else len(plain(cell.runs)))
    for column, head in enumerate(heads):
        longest[column] = max(longest[column], len(plain(head)))
    return [length > LONG for length in longest]


def _pages(rows: Sequence[list[Cell | None]], columns: Sequence[bool]) -> Iterator[list[list[Cell | None]]]:
    part: list[list[Cell | None]] = []
    lines = 0
    for row in rows:
        height = max((_height(cell, columns[column]) for column, cell in enumerate(row)), default=1)
        if part and lines + height > LINES:
            yield part
            part, lines = [], 0
        part.append(row)
        lines += height
    yield part


def _height(cell: Cell | None, broken: bool) -> int:
    if cell is None:
        return 1
    if cell.picture is not None:
        return 8
    return -(-min(len(plain(cell.runs)), LONGEST) // 22) if broken else 1


def _tabular(heads: Sequence[Inline], rows: Sequence[Sequence[Cell | None]], columns: Sequence[bool]) -> str:
    kinds = "".join(rf">{{\raggedright\arraybackslash}}p{{{WIDTH}}}" if broken else "l" for broken in columns)
    lines = [rf"\begin{{tabular}}{{@{{}}{kinds}@{{}}}}", r"\toprule"]
    if heads:
        lines += [_line([inline(_short(head)) for head in heads], len(columns)), r"\midrule"]
    for place, row in enumerate(rows):
        if place and row and row[0] is not None and row[0].rows > 1:
            lines.append(r"\addlinespace")
        lines.append(_line([_cell(cell) for cell in row], len(columns)))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _line(cells: Sequence[str], width: int) -> str:
    return f"{' & '.join([*cells, *[''] * (width - len(cells))])} \\\\"


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    words = inline(_short(cell.runs))
    if cell.picture is None:
        return words
    shown = PICTURE % cell.picture.name
    return rf"\begin{{tabular}}[t]{{@{{}}l@{{}}}}{shown}\\{{}}{words}\end{{tabular}}"


def _short(runs: Inline) -> Inline:
    """The runs as they are, or as one where they are too long for a cell."""
    text = plain(runs)
    return runs if len(text) <= LONGEST else (Run(shortened(text, LONGEST)),)
