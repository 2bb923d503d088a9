"""The columns of the ledger's frames that the report reads, and a way to be sure that they are there."""

import polars as pl

TEXT = ("key", "stage", "method", "state", "hyperparameters", "outcome", "detail", "predictions", "provenance")
METRICS = ("accuracy", "balanced_accuracy", "dice")  # that figures draw
CLASS_MEASURES = ("accuracy", "balanced_accuracy", "macro_f1", "auc")
MASK_MEASURES = ("dice", "iou", "hd95", "assd")
MEASURES = (*CLASS_MEASURES, *MASK_MEASURES)
DISTANCES = ("hd95", "assd")  # pixels, not shares: less is better
PARTS = ("val", "test")

TRIALS: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(TEXT, pl.String),
    "label_fraction": pl.Float64,
    "classification_fraction": pl.Float64,
    "segmentation_fraction": pl.Float64,
    "seed": pl.Int64,
    "reused": pl.Boolean,
    "attempts": pl.Int64,
    "iterations": pl.Int64,
    "seconds": pl.Float64,
    "finished_at": pl.Datetime,
    "val_score": pl.Float64,
    **{f"{part}_{column}": pl.Float64 for part in PARTS for column in (*MEASURES, "majority_rate")},
}
REPORTS: dict[str, type[pl.DataType]] = {"key": pl.String, "iteration": pl.Int64}
PROPOSALS: dict[str, type[pl.DataType]] = {
    "stage": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "number": pl.Int64,
    "hyperparameters": pl.String,
    "state": pl.String,
    "score": pl.Float64,
    "intermediate": pl.String,
    "iterations": pl.Int64,
}


def complete(frame: pl.DataFrame, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Give the frame every column of the schema (null where it lacked one) and turn NaN and infinity into null.

    A column of nothing but nulls, or of whole numbers where fractions are meant, is cast to the schema's type.
    """
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    frame = frame.with_columns(missing)
    casts = [
        pl.col(name).cast(kind)
        for name, kind in schema.items()
        if kind is not pl.Datetime and frame.schema[name] != kind
    ]
    frame = frame.with_columns(casts)
    floats = [name for name, kind in frame.schema.items() if kind in (pl.Float64, pl.Float32)]
    return frame.with_columns(pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in floats)
