"""The ledger as Polars frames."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, case, false, literal, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import arms, planned, proposals, reports, studies, trials
from s4mcl.ledger.trials import is_reused

CONFIRM = "confirm"  # the stage that reads test labels
AT_ONCE = 50_000  # reports that are decoded at once
NAME = r'"[^"]+":'  # a name in the JSON text of a report, whose names hold no quotation mark and values are numbers

UTC = pl.Datetime("us", "UTC")
VALIDATION = ("val_accuracy", "val_balanced_accuracy", "val_macro_f1", "val_dice", "val_iou", "val_score")
TEST = (
    *("test_accuracy", "test_balanced_accuracy", "test_macro_f1", "test_auc", "test_dice", "test_iou"),
    *("test_hd95", "test_assd", "test_majority_rate"),
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
}
TRIAL_COLUMNS = (  # those that always stand; further values of validation and test follow VALIDATION and TEST
    *("key", "stage", "method", "label_fraction", "seed", "state", "reused", "attempts", "finished_at"),
    *("iterations", "seconds", "hyperparameters", *VALIDATION, *TEST, "cohort", "proposal", "outcome", "detail"),
    *("artifacts", "predictions", "best_iteration", "provenance"),
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


def trials_frame(connection: Connection, study: str) -> pl.DataFrame:
    """One row a (stage, key), in the order of planning: `TRIAL_COLUMNS`, and whatever else was measured.

    Every number of a summary whose name begins with "val_" and every test metric whose name begins with "test_" is a
    Float64 column. Test values and predictions stand on rows of stage confirm alone, and on none of a study whose
    test part is locked, whoever else of this storage has tested the same trials.
    """
    wanted = _trials_of(study, locked=_is_locked(connection, study))
    raw = rows_frame(connection.execute(wanted).all(), TRIAL_SCHEMA)
    summaries = [decode(text) or {} for text in raw["summary"]]
    tests = [decode(text) or {} for text in raw["test"]]
    validation, test = _numbers(summaries, "val_", VALIDATION), _numbers(tests, "test_", TEST)
    best = pl.Series("best_iteration", [_number(found.get("best_iteration")) for found in summaries], pl.Float64)
    measured = raw.with_columns(
        *validation,
        *test,
        best.cast(pl.Int64),
        hyperparameters=pl.col("trial").str.json_path_match("$.hyperparameters"),
    )
    place = TRIAL_COLUMNS.index(TEST[-1]) + 1
    further = [series.name for series in (*validation, *test) if series.name not in TRIAL_COLUMNS]
    return measured.select(*TRIAL_COLUMNS[:place], *further, *TRIAL_COLUMNS[place:])


def _numbers(documents: Sequence[Mapping[str, Any]], prefix: str, fixed: Sequence[str]) -> list[pl.Series]:
    """The fixed values and all others with a prefix that are a number somewhere, a Float64 column each."""
    found = {
        name
        for document in documents
        for name, value in document.items()
        if name.startswith(prefix) and _number(value) is not None
    }
    names = [*fixed, *sorted(found - set(fixed))]
    return [pl.Series(name, [_number(document.get(name)) for document in documents], pl.Float64) for name in names]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _is_locked(connection: Connection, study: str) -> bool:
    config = decode(connection.scalar(select(studies.c.config).where(studies.c.name == study))) or {}
    return bool(config.get("test") == "locked")


def _trials_of(study: str, *, locked: bool) -> Select[Any]:
    c, p = trials.c, planned.c
    shown = false() if locked else p.stage == CONFIRM

    def on_confirm(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((shown, column), else_=literal(None))

    columns = {
        **{name: c[name] for name in TRIAL_SCHEMA if name in c},
        "stage": p.stage,
        "proposal": p.proposal,
        "reused": is_reused(),
        "attempts": c.attempt,
        "predictions": on_confirm(c.predictions),
        "test": on_confirm(c.test),
    }
    ordered = [columns[name].label(name) for name in TRIAL_SCHEMA]
    return select(*ordered).join(planned, p.trial_id == c.id).where(p.study == study).order_by(p.id)


def reports_frame(connection: Connection, study: str) -> pl.DataFrame:
    """One row a (key, iteration), keys in the order of planning; after these one Float64 column a value name.

    Values that were not finite are null.
    """
    of_study = select(planned.c.trial_id).where(planned.c.study == study)
    keys = select(trials.c.id, trials.c.key).where(trials.c.id.in_(of_study))
    ids = rows_frame(connection.execute(keys).all(), {"trial_id": pl.Int64, "key": pl.String})
    r = reports.c
    wanted = select(r.trial_id, r.iteration, r.measurements).where(r.trial_id.in_(of_study))
    result = connection.execute(wanted.order_by(r.trial_id, r.iteration))
    parts = [_decoded(rows, ids) for rows in result.partitions(AT_ONCE)]
    decoded = pl.concat(parts, how="diagonal") if parts else _decoded([], ids)
    # Brackets take names as they are; select would read "*" and "^...$" as patterns.
    return decoded[["key", "iteration", *sorted(set(decoded.columns) - {"key", "iteration"})]]


def _decoded(rows: Sequence[Any], ids: pl.DataFrame) -> pl.DataFrame:
    """key, iteration and a column a value name. Naming the columns first is faster than inferring them."""
    frame = rows_frame(rows, {"trial_id": pl.Int64, "iteration": pl.Int64, "measurements": pl.String})
    named = frame.join(ids, on="trial_id", how="left", maintain_order="left").select("key", "iteration")
    found = frame["measurements"].str.extract_all(NAME).explode().drop_nulls().unique()
    names = [text.removeprefix('"').removesuffix('":') for text in sorted(found)]
    if not names:
        return named
    values = frame["measurements"].str.json_decode(pl.Struct(dict.fromkeys(names, pl.Float64)))
    return named.hstack(values.struct.unnest())


def proposals_frame(connection: Connection, study: str) -> pl.DataFrame:
    """One row a proposal, by stage, method, label fraction and number.

    Hyperparameters and intermediate (iteration to score) are JSON texts, objectives and violations lists of Float64.
    """
    c = proposals.c
    ordered = select(*(c[name] for name in PROPOSAL_SCHEMA)).where(c.study == study)
    rows = connection.execute(ordered.order_by(c.stage, c.method, c.label_fraction, c.number)).all()
    return rows_frame(rows, PROPOSAL_SCHEMA).with_columns(pl.col("objectives", "violations").str.json_decode(NUMBERS))


def arms_frame(connection: Connection, study: str) -> pl.DataFrame:
    """One row an arm, by design and position; hyperparameters and factors are JSON texts, seeds a list of Int64.

    An arm's trials are those of `trials_frame` with its cohort and one of its seeds.
    """
    c = arms.c
    ordered = select(*(c[name] for name in ARM_SCHEMA)).where(c.study == study).order_by(c.design, c.position)
    frame = rows_frame(connection.execute(ordered).all(), ARM_SCHEMA)
    return frame.with_columns(pl.col("seeds").str.json_decode(pl.List(pl.Int64)))
