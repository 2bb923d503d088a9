"""The plane of both label fractions: what more classes and what more masks are worth, a picture a method and metric."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.plane import plane_figure
from s4mcl_dashboards.frames.plane import METRICS, SHARES, plane_frame
from s4mcl_dashboards.markup import escaped, paragraph, plot
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import metric_name, number

TITLE = "Classes and masks apart"
EQUAL = "Tables, lines, comparisons and label savings are over label fractions that both tasks share."


def plane_part(material: Material) -> str:
    """The pictures below a heading of their own; nothing where classes and masks have the same shares throughout."""
    frame = plane_frame(material.trials, material.part)
    if frame.is_empty():
        return ""
    shares = (frame[SHARES[0]].unique().sort().to_list(), frame[SHARES[1]].unique().sort().to_list())
    part = "test" if material.part == "test" else "validation"
    lead = (
        "From left to right more classes are shown, upwards more masks. A cell is the mean over seeds on the "
        f"{part} images that have the label; pointing at it tells the 95 % interval over seeds (Student's t). A method "
        f"of one task has the same value along the other's axis. {EQUAL}"
    )
    grids = []
    for metric in METRICS:
        of_metric = frame.filter(pl.col("metric") == metric)
        if of_metric.is_empty():
            continue
        least, most = (float(str(value)) for value in (of_metric["mean"].min(), of_metric["mean"].max()))
        plots = []
        for method in material.methods:
            rows = of_metric.filter(pl.col("method") == method)
            if rows.height:
                figure = plane_figure(rows, shares, (least, most))
                plots.append(plot(figure, f"{metric_name(metric)}, {method_name(method)}", _alternative(rows)))
        grids.append(f'<div class="thirds">{"".join(plots)}</div>')
    return f"<h3>{escaped(TITLE)}</h3>{paragraph(lead)}{''.join(grids)}"


def _alternative(rows: pl.DataFrame) -> str:
    """The picture in words."""
    first = rows.row(0, named=True)
    cells = [
        f"{number(row['mean'])} at {percent(row[SHARES[0]])} of the classes and {percent(row[SHARES[1]])} of the masks"
        for row in rows.to_dicts()
    ]
    return f"{metric_name(first['metric'])} of {method_name(first['method'])}: {'; '.join(cells)}."
