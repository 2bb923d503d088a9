"""Reports as Polars frames, a portion of trials at a time: a study may have millions of them."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from s4mcl.ledger.schema import planned, reports, trials
from s4mcl.ledger.trials import in_frames
from s4mcl.ledger.where import EVERYTHING, Where

TRIALS_AT_ONCE = 500  # whose reports are read and decoded at once
NAME = r'"[^"]+":'  # a name in the JSON text of a report, whose names hold no quotation mark and values are numbers
RAW = {"trial_id": pl.Int64, "iteration": pl.Int64, "measurements": pl.String}
HEAD = {"key": pl.String, "iteration": pl.Int64}


def reported_trials(connection: Connection, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
    """trial_id and key of the wanted trials of a study, each once, in the order of their ids."""
    t, p = trials.c, planned.c
    columns = {"stage": p.stage, **{name: t[name] for name in ("method", "state", "key")}, **in_frames()}
    wanted = select(t.id, t.key).join(planned, p.trial_id == t.id).where(p.study == study)
    found = connection.execute(wanted.where(*where.conditions(columns)).distinct().order_by(t.id)).all()
    return pl.DataFrame([tuple(row) for row in found], schema={"trial_id": pl.Int64, "key": pl.String}, orient="row")


def raw_reports(connection: Connection, ids: Sequence[int]) -> pl.DataFrame:
    """trial_id, iteration and measurements (JSON text) of these trials, by trial and iteration."""
    r = reports.c
    wanted = select(r.trial_id, r.iteration, r.measurements).where(r.trial_id.in_(ids))
    rows = connection.execute(wanted.order_by(r.trial_id, r.iteration)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=RAW, orient="row")


def value_names(raw: pl.DataFrame) -> set[str]:
    """The names of all values in these reports."""
    found = raw["measurements"].str.extract_all(NAME).list.explode(empty_as_null=False).unique()
    return {text.removeprefix('"').removesuffix('":') for text in found if text is not None}


def decoded(raw: pl.DataFrame, of: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """key, iteration and a Float64 column for each of the names; `of` has trial_id and key.

    Values that were not finite, or not reported, are null. Naming the columns first is faster than inferring them.
    """
    head = raw.join(of, on="trial_id", how="left", maintain_order="left").select(*HEAD)
    if not names:
        return head
    values = raw["measurements"].str.json_decode(pl.Struct(dict.fromkeys(names, pl.Float64)))
    return head.hstack(values.struct.unnest())


def reports_frame(connection: Connection, study: str) -> pl.DataFrame:
    """One row a (key, iteration), keys in the order of planning; after these one Float64 column a value name.

    Values that were not finite are null.
    """
    of = reported_trials(connection, study)
    raws = [raw_reports(connection, part["trial_id"].to_list()) for part in of.iter_slices(TRIALS_AT_ONCE)]
    names = sorted(set[str]().union(*(value_names(raw) for raw in raws)))
    empty: dict[str, Any] = {**HEAD, **dict.fromkeys(names, pl.Float64)}
    return pl.concat([pl.DataFrame(schema=empty), *(decoded(raw, of, names) for raw in raws)])
