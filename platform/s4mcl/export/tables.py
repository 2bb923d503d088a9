"""A study's tables, as they are exported."""

from typing import Any

import polars as pl

from s4mcl.ledger import Ledger
from s4mcl.ledger.documents import encode

EVENT_SCHEMA: dict[str, Any] = {
    "at": pl.Datetime("us", "UTC"),
    "kind": pl.String,
    "text": pl.String,
    "detail": pl.String,
}


def study_tables(ledger: Ledger, study: str) -> dict[str, pl.DataFrame]:
    """trials, attempts, reports, proposals, arms and events, all of one state; each of them may be empty."""
    with ledger.snapshot():
        return {
            "trials": ledger.trials_frame(study),
            "attempts": ledger.attempts_frame(study),
            "reports": ledger.reports_frame(study),
            "proposals": ledger.proposals_frame(study),
            "arms": ledger.arms_frame(study),
            "events": events_frame(ledger, study),
        }


def events_frame(ledger: Ledger, study: str) -> pl.DataFrame:
    """One row an event, oldest first: at, kind, text, and detail as JSON text."""
    rows = [(event.at, event.kind, event.text, encode(event.detail)) for event in ledger.events(study)]
    return pl.DataFrame(rows, schema=EVENT_SCHEMA, orient="row")
