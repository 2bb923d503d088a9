"""The ledger as Polars frames."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, case, false, literal, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import arms, planned, proposals, studies, trials
from s4mcl.ledger.trials import in_frames, is_reused
from s4mcl.ledger.values import number_columns
from s4mcl.ledger.where import EVERYTHING, Where

CONFIRM = "confirm"  # the stage that reads test labels
AT_ONCE = 10_000  # trials whose documents are in memory at once
DOCUMENTS = ("trial", "summary", "test")

UTC = pl.Datetime("us", "UTC")
VALIDATION = ("val_accuracy", "val_balanced_accuracy", "val_macro_f1", "val_dice", "val_iou", "val_score")
TEST = (
    *("test_accuracy", "test_balanced_accuracy", "test_macro_f1", "test_auc", "test_dice", "test_iou"),
    "test_majority_rate",
)

TRIAL_SCHEMA = {
    "key": pl.String,
    "stage": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "seed": pl.Int64,
    "state": pl.String,
    "reused": pl.Boolean,
    "attempts": pl.Int64,
    "finished_at": UTC,
    "iterations": pl.Int64,
    "seconds": pl.Float64,
    "cohort": pl.String,
    "proposal": pl.Int64,
    "outcome": pl.String,
    "detail": pl.String,
    "artifacts": pl.String,
    "predictions": pl.String,
    "provenance": pl.String,
    "trial": pl.String,
    "summary": pl.String,
    "test": pl.String,
    "classification_fraction": pl.Float64,
    "segmentation_fraction": pl.Float64,
}
TRIAL_COLUMNS = (  # those that always stand; further values of validation and test follow VALIDATION and TEST
    *("key", "stage", "method", "label_fraction", "seed", "state", "reused", "attempts", "finished_at"),
    *("iterations", "seconds", "hyperparameters", *VALIDATION, *TEST, "cohort", "proposal", "outcome", "detail"),
    *("artifacts", "predictions", "best_iteration", "provenance"),
    *("classification_fraction", "segmentation_fraction"),
)
PROPOSAL_SCHEMA = {
    "stage": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "number": pl.Int64,
    "hyperparameters": pl.String,
    "state": pl.String,
    "score": pl.Float64,
    "objectives": pl.String,
    "intermediate": pl.String,
    "violations": pl.String,
    "iterations": pl.Int64,
}
ARM_SCHEMA = {
    "design": pl.String,
    "name": pl.String,
    "position": pl.Int64,
    "kind": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "cohort": pl.String,
    "hyperparameters": pl.String,
    "factors": pl.String,
    "seeds": pl.String,
}
NUMBERS = pl.List(pl.Float64)


def rows_frame(rows: Sequence[Any], schema: dict[str, Any]) -> pl.DataFrame:
    """Rows of a query as a frame, also when there are none."""
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def trials_frame(
    connection: Connection, study: str, where: Where = EVERYTHING, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """One row a (stage, key), in the order of planning: `TRIAL_COLUMNS`, and whatever else was measured.

    Every number of a summary whose name begins with "val_" and every test metric whose name begins with "test_" is a
    Float64 column. Test values and predictions stand on rows of stage confirm alone, and on none of a study whose
    test part is locked, whoever else of this storage has tested the same trials.

    `label_fraction` is that of both tasks; where these see different shares it is null, and the columns
    `classification_fraction` and `segmentation_fraction`, filled in each row, tell them.

    Args:
        where: which rows; the database sorts them out.
        columns: which columns, in this order, None for all. Only what they need is read; a val_ or test_ value that no
            trial has is null throughout.

    Raises:
        ValueError: one of `columns` is none of a trial.
    """
    sources = _sources(TRIAL_COLUMNS if columns is None else columns)
    wanted = _trials_of(study, where, sources, locked=_is_locked(connection, study))
    portions = connection.execute(wanted).partitions(AT_ONCE)
    parts = [_decoded_trials(rows, sources, columns) for rows in portions] or [_decoded_trials([], sources, columns)]
    frame = pl.concat(parts, how="diagonal")  # what one of them lacks is null there
    if columns is not None:
        return frame[list(columns)]
    place = TRIAL_COLUMNS.index(TEST[-1]) + 1
    further = sorted(set(frame.columns) - set(TRIAL_COLUMNS), key=lambda name: (name.startswith("test_"), name))
    return frame[[*TRIAL_COLUMNS[:place], *further, *TRIAL_COLUMNS[place:]]]


def _decoded_trials(rows: Sequence[Any], sources: Sequence[str], columns: Sequence[str] | None) -> pl.DataFrame:
    """The columns that were asked for, and what else was measured where all were; documents only by name."""
    raw = rows_frame(rows, {name: TRIAL_SCHEMA[name] for name in sources})
    unasked = [name for name in DOCUMENTS if name not in (columns or ())]
    parts = [raw.drop(*unasked, strict=False)]
    if "summary" in sources:
        best = number_columns(raw["summary"], (), ("best_iteration",)).cast(pl.Int64)
        parts += [_measured(raw["summary"], "val_", VALIDATION, columns), best]
    if "test" in sources:
        parts.append(_measured(raw["test"], "test_", TEST, columns))
    if "trial" in sources:
        given = raw["trial"].str.json_path_match("$.hyperparameters").alias("hyperparameters")
        parts.append(given.to_frame())
    return pl.concat(parts, how="horizontal")


def _sources(columns: Sequence[str]) -> list[str]:
    """The columns of the database that these columns of the frame are made from."""
    made = {"hyperparameters": "trial", "best_iteration": "summary"}
    begins = {"val_": "summary", "test_": "test"}
    found = set()
    for name in columns:
        begun = next((source for prefix, source in begins.items() if name.startswith(prefix)), name)
        found.add(made.get(name, begun))
    unknown = sorted(found - set(TRIAL_SCHEMA))
    if unknown:
        raise ValueError(f"no column {unknown[0]!r} of trials; known are {', '.join(TRIAL_COLUMNS)}, val_* and test_*")
    return [name for name in TRIAL_SCHEMA if name in found]


def _measured(texts: pl.Series, prefix: str, fixed: Sequence[str], wanted: Sequence[str] | None) -> pl.DataFrame:
    """A Float64 column each: the wanted values; without a wish the fixed ones and all that are a number somewhere."""
    if wanted is not None:
        return number_columns(texts, (), {name for name in wanted if name.startswith(prefix)})
    found = number_columns(texts, (prefix,))
    missing = [pl.Series(name, [None] * texts.len(), pl.Float64) for name in fixed if name not in found.columns]
    return pl.DataFrame([*found, *missing])


def _is_locked(connection: Connection, study: str) -> bool:
    config = decode(connection.scalar(select(studies.c.config).where(studies.c.name == study))) or {}
    return bool(config.get("test") == "locked")


def _trials_of(study: str, where: Where, names: Sequence[str], *, locked: bool) -> Select[Any]:
    c, p = trials.c, planned.c
    shown = false() if locked else p.stage == CONFIRM

    def on_confirm(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((shown, column), else_=literal(None))

    columns = {
        **{name: c[name] for name in TRIAL_SCHEMA if name in c},
        **in_frames(),
        "stage": p.stage,
        "proposal": p.proposal,
        "reused": is_reused(),
        "attempts": c.attempt,
        "predictions": on_confirm(c.predictions),
        "test": on_confirm(c.test),
    }
    ordered = [columns[name].label(name) for name in names]
    of_study = select(*ordered).select_from(trials).join(planned, p.trial_id == c.id).where(p.study == study)
    return of_study.where(*where.conditions(columns)).order_by(p.id)


def proposals_frame(connection: Connection, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
    """One row a proposal, by stage, method, label fraction and number.

    Hyperparameters and intermediate (iteration to score) are JSON texts, objectives and violations lists of Float64.
    """
    c = proposals.c
    ordered = select(*(c[name] for name in PROPOSAL_SCHEMA)).where(c.study == study)
    ordered = ordered.where(*where.conditions({name: c[name] for name in PROPOSAL_SCHEMA}))
    rows = connection.execute(ordered.order_by(c.stage, c.method, c.label_fraction, c.number)).all()
    return rows_frame(rows, PROPOSAL_SCHEMA).with_columns(pl.col("objectives", "violations").str.json_decode(NUMBERS))


def arms_frame(connection: Connection, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
    """One row an arm, by design and position; hyperparameters and factors are JSON texts, seeds a list of Int64.

    An arm's trials are those of `trials_frame` with its cohort and one of its seeds.
    """
    c = arms.c
    wanted = where.conditions({name: c[name] for name in ARM_SCHEMA})
    ordered = select(*(c[name] for name in ARM_SCHEMA)).where(c.study == study, *wanted)
    frame = rows_frame(connection.execute(ordered.order_by(c.design, c.position)).all(), ARM_SCHEMA)
    return frame.with_columns(pl.col("seeds").str.json_decode(pl.List(pl.Int64)))
