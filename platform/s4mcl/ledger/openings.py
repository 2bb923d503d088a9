"""Openings of a test set: whenever a trial is measured on test labels, the ledger counts it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select, update

from s4mcl.ledger.dialect import now
from s4mcl.ledger.documents import encode
from s4mcl.ledger.reports import inside_storage
from s4mcl.ledger.schema import planned, test_openings, trials
from s4mcl.ledger.studies import require_study


def record_test(
    connection: Connection, key: str, study: str, metrics: Mapping[str, Any], predictions: str | None
) -> None:
    """Store a trial's test metrics and the path of its predictions, and count one opening of its test set.

    Raises:
        ValueError: the key or the study is unknown, or the path is not relative to the storage.
    """
    require_study(connection, study)
    wanted = select(trials.c.id, trials.c.dataset, trials.c.partition).where(trials.c.key == key)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise ValueError(f"trial {key} was never planned")
    tested = {"test": encode(metrics), "predictions": inside_storage(predictions)}
    connection.execute(update(trials).where(trials.c.id == row.id).values(**tested))
    opening = {"dataset": row.dataset, "partition": row.partition, "study": study, "trial_id": row.id}
    connection.execute(test_openings.insert().values(**opening, at=now(connection)))


def openings(connection: Connection, dataset: str) -> int:
    """How often test labels of a dataset were read, by any study and under any partition."""
    counted = select(func.count()).select_from(test_openings).where(test_openings.c.dataset == dataset)
    return connection.execute(counted).scalar_one()


def openings_by_study(connection: Connection, study: str) -> dict[str, int]:
    """How often each study of this storage opened the test set (dataset and partition) of this study's trials."""
    o = test_openings.c
    theirs = (
        select(trials.c.dataset, trials.c.partition)
        .join(planned, planned.c.trial_id == trials.c.id)
        .where(planned.c.study == study)
        .distinct()
        .subquery()
    )
    counted = (
        select(o.study, func.count())
        .join(theirs, (theirs.c.dataset == o.dataset) & (theirs.c.partition == o.partition))
        .group_by(o.study)
        .order_by(func.min(o.id))
    )
    return dict(connection.execute(counted).all())
