"""The error bars of intervals around a middle, as Plotly draws them."""

from collections.abc import Mapping, Sequence
from typing import Any


def whiskers(
    rows: Sequence[Mapping[str, Any]], middle: str, *, color: str, thickness: float, width: int, symmetric: bool = False
) -> dict[str, Any]:
    """Settings for `error_x` or `error_y` of points; an end that is not known has no length.

    Args:
        rows: the points, whose intervals go from "low" to "high".
        middle: the name of what the intervals are around.
        color: of the bars, `thickness` pixels thick.
        width: pixels of half the bar across an end.
        symmetric: both ends are as far away, so that `low` is not drawn from.
    """
    spread: dict[str, Any] = {"array": [0 if row["high"] is None else row["high"] - row[middle] for row in rows]}
    if not symmetric:
        down = [0 if row["low"] is None else row[middle] - row["low"] for row in rows]
        spread |= {"symmetric": False, "arrayminus": down}
    return {"type": "data", **spread, "color": color, "thickness": thickness, "width": width}
