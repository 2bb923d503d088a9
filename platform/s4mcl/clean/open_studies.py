"""Which studies may still go on, so that their trials' checkpoints are needed."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from sqlalchemy import Connection, select

from s4mcl.ledger import Ledger
from s4mcl.ledger.schema import planned, proposals, studies, trials
from s4mcl.ledger.trials import DISTANCES_MEASURED, fraction_of
from s4mcl.stages.confirm import STAGE as CONFIRM
from s4mcl.stages.method_fractions import method_fractions
from s4mcl_trainables.label_fraction import read_fraction

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
    fractions = [read_fraction(each) for each in config.get("label_fractions", ())]
    wanted = {
        (method, fraction, seed)
        for method in config.get("methods", ())
        for fraction, seed in product(method_fractions(fractions, method), config.get("seeds", ()))
    }
    judged = DISTANCES_MEASURED if config.get("surface_distances") else trials.c.test.is_not(None)
    t = trials.c
    columns = select(t.method, t.label_fraction, t.segmentation_fraction, t.seed, t.state, judged.label("judged"))
    rows = connection.execute(
        columns.join(planned, planned.c.trial_id == trials.c.id).where(
            planned.c.study == study, planned.c.stage == CONFIRM
        )
    ).all()
    tested = config.get("test") != "locked"
    ended = {
        (row.method, fraction_of(row), row.seed) for row in rows if row.state != "completed" or not tested or row.judged
    }
    return wanted <= ended
