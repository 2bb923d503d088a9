"""Class probabilities as a table."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl.export.csv_files import as_text


def class_table(
    files: Sequence[str], probabilities: Sequence[NDArray[np.float32]], classes: Sequence[str]
) -> pl.DataFrame:
    """One row a file: file, predicted (the class with the highest probability), and p_CLASS a class.

    Texts that begin like a formula have an apostrophe before them, so that no spreadsheet runs them.
    """
    table = np.stack(probabilities)
    columns = [
        pl.Series("file", files, pl.String),
        pl.Series("predicted", [classes[place] for place in table.argmax(1)], pl.String),
        *(pl.Series(f"p_{name}", table[:, place]) for place, name in enumerate(classes)),
    ]
    return as_text(pl.DataFrame(columns))
