"""The table: ours beside the paper's, one row a label fraction and method."""

from typing import Any

import polars as pl

from s4mcl_dashboards.frames.schema import MEASURES
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
