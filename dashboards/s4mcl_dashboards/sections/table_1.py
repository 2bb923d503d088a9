"""The scores as the paper lays its Table 1 out: a row a method, a column a label fraction."""

from collections.abc import Sequence
from typing import Any

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.markup import cell, row_head, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import metric_name
from s4mcl_dashboards.sections.score_cell import score_cell

LAID_OUT = ("accuracy", "dice")  # what the paper's table has
UNMEASURED = "not yet measured"


def layout_tables(material: Material, rows: Sequence[dict[str, Any]]) -> list[str]:
    """A table a measure. A method stands in it where it has the measure, or has no score at all yet.

    Args:
        rows: of `table_frame` joined with `standing_frame`.
    """
    found = {(row["method"], row["label_fraction"]): row for row in rows}
    scored = {method for method, _ in found}
    part = "test" if material.part == "test" else "validation"
    tables = []
    for measure in LAID_OUT:
        able = {row["method"] for row in rows if row[measure] is not None}
        if not able:
            continue
        methods = [name for name in material.chosen_methods if name in able or name not in scored]
        heads = ("Method", *(percent(fraction) for fraction in material.fractions))
        body = [
            [row_head(method_name(name)), *(_at(found.get((name, at)), measure) for at in material.fractions)]
            for name in methods
        ]
        caption = f"{metric_name(measure)} by share of labels: mean ± half the 95 % interval, {part} images"
        tables.append(table(caption, heads, body, "numbers results"))
    return tables


def _at(row: dict[str, Any] | None, measure: str) -> str:
    return cell(UNMEASURED) if row is None or row[measure] is None else score_cell(row, measure)
