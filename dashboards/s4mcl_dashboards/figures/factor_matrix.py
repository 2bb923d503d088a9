"""The effects of a factorial as a matrix: main effects on the diagonal, interactions below it."""

from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, canvas, label, trace
from s4mcl_dashboards.naming import limits, p_told, signed

ROW = 46  # pixels
LEGIBLE = 6  # terms whose numbers fit into the cells on a phone
MARK = "*"  # a shown effect
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SCALE = [[0.0, "var(--falling)"], [0.5, "var(--page)"], [1.0, "var(--rising)"]]


def factor_matrix_figure(matrix: pl.DataFrame, terms: list[str]) -> Drawing:
    """Draw `matrix_frame`; `terms` are its main effects, which columns call by a letter.

    The colours are the same for the same size of a rise and a fall. A star says that the effect is shown.
    """
    count = len(terms)
    names = [_name(place, term) for place, term in enumerate(terms)]
    y_axis = {"tickvals": [*range(count)], "ticktext": names, "range": [count - 0.5, -0.5]}
    x_axis = {"tickvals": [*range(count)], "ticktext": [letter(place) for place in range(count)]}
    plain: dict[str, Any] = {"showgrid": False, "showline": False, "ticks": "", "tickangle": 0}
    figure = canvas(60 + ROW * count, {**x_axis, **plain, "side": "top"}, {**y_axis, **plain, "tickfont": {"size": 11}})
    figure.lay(margin={"l": 12, "r": 12, "t": 30, "b": 10})
    known = {(row["row"], row["column"]): row for row in matrix.drop_nulls("effect").to_dicts()}
    largest = max((abs(row["effect"]) for row in known.values()), default=1.0) or 1.0
    cells = [[known.get((row, column)) for column in range(count)] for row in range(count)]
    figure.add(
        trace(
            "heatmap",
            z=[[None if cell is None else cell["effect"] for cell in row] for row in cells],
            text=[["" if cell is None else _written(cell) for cell in row] for row in cells],
            hovertext=[["" if cell is None else _told(cell) for cell in row] for row in cells],
            hoverinfo="text",
            hoverongaps=False,
            texttemplate="%{text}" if count <= LEGIBLE else None,
            textfont={"size": 11, "color": "var(--ink)"},
            zmin=-largest,
            zmax=largest,
            colorscale=SCALE,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    return figure


def letter(place: int) -> str:
    """What a column is called: A to Z, then A2 and so on."""
    turn, rest = divmod(place, len(LETTERS))
    return LETTERS[rest] + (str(turn + 1) if turn else "")


def _name(place: int, term: str) -> str:
    """The factor, and in a second line its levels, so that a phone has room for both."""
    factor, colon, levels = term.partition(": ")
    second = f"<br>{label(levels, 24)}" if colon else ""
    return f"{letter(place)}  {label(factor, 24)}{second}"


def _written(cell: dict[str, Any]) -> str:
    return signed(cell["effect"]) + (MARK if cell["shown"] else "")


def _told(cell: dict[str, Any]) -> str:
    verdict = "a difference is shown" if cell["shown"] else "no difference shown"
    return (
        f"{label(cell['term'], 80)}<br>{signed(cell['effect'])}, 95 % interval {limits(cell['low'], cell['high'])}"
        f"<br>corrected: {p_told(cell['p_holm'])}; {verdict}"
    )
