"""Table 1 of the S4MCL abstract (Imran et al., AAAI-20): accuracy and Dice on 139 spine patches, by share of labels.

The paper gives no deviations, no number of seeds and no other metric. Its data is private, so on other data the values
are a yardstick of shape and order, not of level.
"""

from dataclasses import dataclass

import polars as pl

CITATION = "Imran et al., AAAI-20, Table 1"
SINGLE_TASK = "Single-task CNN / U-Net"
TABLE_1 = {  # row -> label fraction -> (accuracy, Dice)
    SINGLE_TASK: {
        0.05: (0.420, 0.702),
        0.10: (0.450, 0.874),
        0.20: (0.460, 0.903),
        0.30: (0.500, 0.910),
        0.50: (0.620, 0.919),
        1.00: (0.780, 0.931),
    },
    "S2MCL": {
        0.05: (0.420, 0.500),
        0.10: (0.460, 0.640),
        0.20: (0.500, 0.672),
        0.30: (0.550, 0.752),
        0.50: (0.670, 0.889),
    },
    "S4MCL": {
        0.05: (0.630, 0.890),
        0.10: (0.670, 0.907),
        0.20: (0.680, 0.921),
        0.30: (0.740, 0.925),
        0.50: (0.800, 0.934),
    },
}
FRACTIONS = tuple(TABLE_1[SINGLE_TASK])


@dataclass(frozen=True)
class Row:
    """One line of the paper's table in one metric: whose method it is, and its values by label fraction."""

    name: str
    method: str
    metric: str
    values: dict[float, float]


def _row(row: str, column: int) -> dict[float, float]:
    return {fraction: pair[column] for fraction, pair in TABLE_1[row].items()}


ROWS = (
    Row("CNN", "cnn", "accuracy", _row(SINGLE_TASK, 0)),
    Row("U-Net", "unet", "dice", _row(SINGLE_TASK, 1)),
    Row("S2MCL", "s2mcl", "accuracy", _row("S2MCL", 0)),
    Row("S2MCL", "s2mcl", "dice", _row("S2MCL", 1)),
    Row("S4MCL", "s4mcl", "accuracy", _row("S4MCL", 0)),
    Row("S4MCL", "s4mcl", "dice", _row("S4MCL", 1)),
)


def paper_value(method: str, metric: str, fraction: float) -> float | None:
    """What the paper's table says of this method, metric and label fraction; None where it says nothing."""
    for row in ROWS:
        if row.method == method and row.metric == metric:
            return next((value for at, value in row.values.items() if abs(at - fraction) < 1e-9), None)
    return None


def paper_frame() -> pl.DataFrame:
    """The whole table in long form: name, method, metric, label_fraction, value."""
    return pl.DataFrame(
        [
            {"name": row.name, "method": row.method, "metric": row.metric, "label_fraction": at, "value": value}
            for row in ROWS
            for at, value in row.values.items()
        ]
    )
