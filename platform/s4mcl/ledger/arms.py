"""The arms of designs: which configurations a design compares, so that its analysis finds their trials again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete

from s4mcl.ledger.dialect import now
from s4mcl.ledger.documents import encode, encode_list
from s4mcl.ledger.schema import arms
from s4mcl.ledger.studies import require_study


def record_arms(connection: Connection, study: str, design: str, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a design's arms, in their order; what stood for this design before is replaced.

    Each row has name, method, label_fraction, cohort, hyperparameters, factors and seeds. An arm's trials are those
    of its cohort with one of its seeds.

    Raises:
        ValueError: the study is unknown, or two arms have one name.
        KeyError: a row lacks a value.
    """
    require_study(connection, study)
    names = Counter(row["name"] for row in rows)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ValueError(f"design {design!r} of study {study!r} has several arms named {', '.join(map(repr, twice))}")
    connection.execute(delete(arms).where(arms.c.study == study, arms.c.design == design))
    shared = {"study": study, "design": design, "kind": kind, "at": now(connection)}
    if rows:
        connection.execute(arms.insert(), [shared | _columns(row, place) for place, row in enumerate(rows)])


def _columns(row: Mapping[str, Any], position: int) -> dict[str, Any]:
    return {
        "name": row["name"],
        "position": position,
        "method": row["method"],
        "label_fraction": float(row["label_fraction"]),
        "cohort": row["cohort"],
        "hyperparameters": encode(row["hyperparameters"]),
        "factors": encode(row["factors"]),
        "seeds": encode_list([int(seed) for seed in row["seeds"]]),
    }
