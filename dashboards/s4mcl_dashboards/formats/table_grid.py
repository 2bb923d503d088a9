"""The cells of a table in their columns, where some of them span rows."""

from collections.abc import Iterator, Sequence

from s4mcl_dashboards.formats.blocks import Cell


def spread(rows: Sequence[tuple[Cell, ...]]) -> Iterator[list[Cell | None]]:
    """Each row with all of its columns: None where a cell of a row above stands."""
    left: dict[int, int] = {}  # column to how many rows below are still covered
    for row in rows:
        cells = iter(row)
        line: list[Cell | None] = []
        for column in range(len(row) + sum(covered > 0 for covered in left.values())):
            if left.get(column, 0) > 0:
                left[column] -= 1
                line.append(None)
            elif (cell := next(cells, None)) is not None:
                left[column] = cell.rows - 1
                line.append(cell)
        yield line
