"""The table: ours beside the paper's, one row a label fraction and method."""

from typing import Any

import polars as pl

from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl_dashboards.frames.schema import DISTANCES, MEASURES
from s4mcl_dashboards.paper import paper_value

OF_EACH = {"": pl.Float64, "_half": pl.Float64, "_over": pl.String, "_paper": pl.Float64}


def table_frame(effect: pl.DataFrame) -> pl.DataFrame:
    """Columns label_fraction, method, n, planned and for every measure M: M, M_half, M_over, M_paper.

    M is the mean over seeds, M_half half the width of its 95 % interval (null with one seed), M_over what that interval
    is over, M_paper the value of the paper's Table 1 (null where it has none).

    Args:
        effect: as `label_fraction_frame` gives it.
    """
    rows = []
    for (fraction, method), cells in sorted(effect.group_by("label_fraction", "method"), key=lambda item: item[0]):
        head = {"label_fraction": fraction, "method": method, "n": cells["n"].min(), "planned": cells["planned"].max()}
        of_measure = {cell["metric"]: cell for cell in cells.to_dicts()}
        row: dict[str, Any] = dict(head)
        for measure in MEASURES:
            row |= _measured(measure, of_measure.get(measure))
            row[f"{measure}_paper"] = paper_value(str(method), measure, float(str(fraction)))
        rows.append(row)
    columns = {f"{measure}{ending}": kind for measure in MEASURES for ending, kind in OF_EACH.items()}
    schema = {"label_fraction": pl.Float64, "method": pl.String, "n": pl.Int64, "planned": pl.Int64}
    return pl.DataFrame(rows, schema={**schema, **columns})


def _measured(measure: str, cell: dict[str, Any] | None) -> dict[str, Any]:
    if cell is None:
        return {}
    half = None if cell["low"] is None else (cell["high"] - cell["low"]) / 2
    return {measure: cell["mean"], f"{measure}_half": half, f"{measure}_over": cell["over"]}


def standing_frame(table: pl.DataFrame, comparisons: pl.DataFrame) -> pl.DataFrame:
    """Where each value of the table stands: columns label_fraction, method and for every measure M: three more.

    M_best and M_paper_best: whether the mean (ours, the paper's) is the best at its label fraction, as far as the table
    shows digits; false where no other method has one. M_shown: "higher" or "lower" where the statistics show a
    difference from the reference, else null.

    Args:
        table: as `table_frame` gives it.
        comparisons: as the statistics give them.
    """
    place = ["label_fraction", "method"]
    frame = table.select(*place, *(best for measure in MEASURES for best in _bests(measure)))
    shown = comparisons.filter(pl.col("verdict") != NO_DIFFERENCE)
    for measure in MEASURES:
        verdicts = shown.filter(pl.col("measure") == measure).select(
            *place, pl.col("verdict").alias(f"{measure}_shown")
        )
        frame = frame.join(verdicts, on=place, how="left", maintain_order="left")
    return frame


def _bests(measure: str) -> list[pl.Expr]:
    """Ours and the paper's."""
    found = []
    for name in (measure, f"{measure}_paper"):
        rounded = pl.col(name).round(digits_of(measure))
        best = rounded.min() if measure in DISTANCES else rounded.max()
        several = pl.col(name).count() > 1
        found.append(((rounded == best) & several).over("label_fraction").fill_null(False).alias(f"{name}_best"))
    return found


def digits_of(measure: str) -> int:
    """How many decimals the table shows of a measure."""
    return 1 if measure in DISTANCES else 3
