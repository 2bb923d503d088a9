"""Files: what the ledger says lies in its storage does, as far as it is still needed."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.frames import CONFIRM
from s4mcl.ledger.schema import planned, proposals, studies, trials


def findings(connection: Connection, storage: Path) -> Iterator[str]:
    """Completed trials whose folder is gone although a study needs it, and predictions that are gone.

    Of trials whose files are kept under a URI a storage has what its own drivers have brought.
    """
    c = trials.c
    here = c.trained_for_study.not_in(_keep_elsewhere(connection))
    completed = select(c.key, c.artifacts).where(c.state == "completed", c.artifacts.is_not(None), _is_needed(), here)
    for key, folder in connection.execute(completed.order_by(c.id)):
        if not (storage / folder).is_dir():
            yield f"trial {key}: it is completed, and its folder {folder} is not there"
    predicted = select(c.key, c.predictions).where(c.predictions.is_not(None), here)
    for key, file in connection.execute(predicted.order_by(c.id)):
        if not (storage / file).is_file():
            yield f"trial {key}: its predictions {file} are not there"


def _keep_elsewhere(connection: Connection) -> list[str]:
    """The studies whose trials' files are kept under a URI."""
    rows = connection.execute(select(studies.c.name, studies.c.config))
    return [name for name, config in rows if (decode(config) or {}).get("artifacts") is not None]


def _is_needed() -> ColumnElement[bool]:
    """A confirm stage wants the trial, or a study whose confirm stage may yet: `s4mcl clean` removes no others."""
    p, s, t = planned.alias(), studies.c.name, trials.alias()
    confirms = select(1).where(p.c.study == s, p.c.stage == CONFIRM).exists()
    goes_on = select(1).join(t, t.c.id == p.c.trial_id).where(p.c.study == s, t.c.state.in_(("planned", "running")))
    asks = select(1).where(proposals.c.study == s, proposals.c.state == "running").exists()
    open_ones = select(s).where(or_(~confirms, goes_on.exists(), asks))
    wanted = and_(planned.c.trial_id == trials.c.id, or_(planned.c.stage == CONFIRM, planned.c.study.in_(open_ones)))
    return trials.c.id.in_(select(planned.c.trial_id).where(wanted))
