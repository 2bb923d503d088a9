"""Which studies may still go on, so that their trials' checkpoints are needed."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from sqlalchemy import Connection, select

from s4mcl.ledger import Ledger
from s4mcl.ledger.schema import planned, proposals, studies, trials
from s4mcl.ledger.trials import DISTANCES_MEASURED
from s4mcl.stages.confirm import STAGE as CONFIRM

UNFINISHED = ("planned", "running")


def open_studies(ledger: Ledger) -> set[str]:
    """The studies that have not come to their end.

    A study has, when each of its trials and proposals has ended and its confirm stage has every method at every label
    fraction with every seed. Until then its confirm stage may want the best checkpoint of any trial of its search.
    """
    with ledger.connection() as connection:
        names = list(connection.scalars(select(studies.c.name)))
        unfinished = _unfinished(connection)
        return {
            name
            for name in names
            if name in unfinished or not _is_confirmed(connection, name, (ledger.study(name) or {}).get("config") or {})
        }


def _unfinished(connection: Connection) -> set[str]:
    of_trials = (
        select(planned.c.study).join(trials, trials.c.id == planned.c.trial_id).where(trials.c.state.in_(UNFINISHED))
    )
    of_proposals = select(proposals.c.study).where(proposals.c.state == "running")
    return {*connection.scalars(of_trials.distinct()), *connection.scalars(of_proposals.distinct())}


def _is_confirmed(connection: Connection, study: str, config: Mapping[str, Any]) -> bool:
    wanted = set(product(*(config.get(name, ()) for name in ("methods", "label_fractions", "seeds"))))
    judged = DISTANCES_MEASURED if config.get("surface_distances") else trials.c.test.is_not(None)
    columns = select(trials.c.method, trials.c.label_fraction, trials.c.seed, trials.c.state, judged.label("judged"))
    rows = connection.execute(
        columns.join(planned, planned.c.trial_id == trials.c.id).where(
            planned.c.study == study, planned.c.stage == CONFIRM
        )
    ).all()
    tested = config.get("test") != "locked"
    ended = {tuple(row[:3]) for row in rows if row.state != "completed" or not tested or row.judged}
    return wanted <= ended
