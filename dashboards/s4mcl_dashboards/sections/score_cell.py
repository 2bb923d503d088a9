"""One score in a table: the mean, bold where it is the best, with half its interval and its marks."""

from typing import Any

from s4mcl_dashboards.frames.label_fraction import CROSSED
from s4mcl_dashboards.frames.table import digits_of
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.sortable import keyed

SEEDS_MARK = "†"  # an interval over seeds alone, where others are over seeds and test groups
SHOWN_MARK = "*"  # a difference from the reference


def score_cell(row: dict[str, Any], measure: str) -> str:
    """A measure of a row of `table_frame` joined with `standing_frame`."""
    mean, half, digits = row[measure], row[f"{measure}_half"], digits_of(measure)
    if mean is None:
        return keyed("–", None, "ours")
    spread = "" if half is None else f" ± {number(half, digits)}"
    seeds_alone = SEEDS_MARK if spread and row[f"{measure}_over"] != CROSSED else ""
    mark = SHOWN_MARK if row[f"{measure}_shown"] else ""
    return keyed(number(mean, digits), mean, "ours", best=row[f"{measure}_best"], mark=mark, after=spread + seeds_alone)
