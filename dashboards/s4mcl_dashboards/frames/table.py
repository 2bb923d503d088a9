"""The table: ours beside the paper's, one row a label fraction and method."""

import polars as pl

from s4mcl_dashboards.frames.label_fraction import label_fraction_frame
from s4mcl_dashboards.frames.schema import METRICS
from s4mcl_dashboards.paper import paper_value


def table_frame(trials: pl.DataFrame, part: str = "test") -> pl.DataFrame:
    """Columns label_fraction, method, n, planned and for every metric METRIC, METRIC_half, METRIC_paper.

    METRIC is the mean over seeds, METRIC_half half the width of its 95 % t interval (null with one seed), METRIC_paper
    the value of the paper's Table 1 (null where it has none).
    """
    long = label_fraction_frame(trials, part)
    rows = []
    for (fraction, method), cells in sorted(long.group_by("label_fraction", "method"), key=lambda item: item[0]):
        row = {
            "label_fraction": fraction,
            "method": method,
            "n": cells["n"].min(),
            "planned": cells["planned"].max(),
        }
        for metric in METRICS:
            cell = cells.filter(pl.col("metric") == metric).to_dicts()
            row[metric] = cell[0]["mean"] if cell else None
            row[f"{metric}_half"] = (
                (cell[0]["high"] - cell[0]["low"]) / 2 if cell and cell[0]["low"] is not None else None
            )
            row[f"{metric}_paper"] = paper_value(str(method), metric, float(str(fraction)))
        rows.append(row)
    columns = [name for metric in METRICS for name in (metric, f"{metric}_half", f"{metric}_paper")]
    schema = {"label_fraction": pl.Float64, "method": pl.String, "n": pl.Int64, "planned": pl.Int64}
    return pl.DataFrame(rows, schema={**schema, **dict.fromkeys(columns, pl.Float64)})
