"""Studies in the ledger, and what happened to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from s4mcl.ledger.dialect import now
from s4mcl.ledger.documents import decode, encode
from s4mcl.ledger.schema import events, studies

SEEN = "s4mcl studies"
DOCUMENTS = ("config", "dataset", "partition", "provenance")


@dataclass(frozen=True)
class Event:
    """Something that happened to a study: a driver's start or end, a takeover, a warning."""

    at: datetime
    kind: str
    text: str
    detail: dict[str, Any]


def record_study(connection: Connection, name: str, documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Write or replace a study's documents; the moment of its creation stays."""
    at = now(connection)
    values = {key: encode(documents[key]) for key in DOCUMENTS}
    changed = connection.execute(update(studies).where(studies.c.name == name).values(**values, updated_at=at))
    if changed.rowcount == 0:
        connection.execute(studies.insert().values(name=name, **values, created_at=at, updated_at=at))


def study(connection: Connection, name: str) -> dict[str, Any] | None:
    """A study's documents, name, created_at and updated_at; None if it is not in the ledger."""
    row = connection.execute(select(studies).where(studies.c.name == name)).mappings().one_or_none()
    if row is None:
        return None
    return {key: decode(value) if key in DOCUMENTS else value for key, value in row.items()}


def study_names(connection: Connection) -> list[str]:
    """All studies, oldest first."""
    return list(connection.scalars(select(studies.c.name).order_by(studies.c.created_at, studies.c.name)))


def require_study(connection: Connection, name: str) -> None:
    """Raise ValueError unless the study was recorded. A connection that saw it asks no more: none is ever removed."""
    seen: set[str] = connection.info.setdefault(SEEN, set())
    if name in seen:
        return
    if connection.scalar(select(studies.c.name).where(studies.c.name == name)) is None:
        raise ValueError(f"study {name!r} is not in the ledger: record_study comes first")
    seen.add(name)


def record_event(connection: Connection, name: str, kind: str, text: str, detail: Mapping[str, Any]) -> None:
    """Add an event of a study."""
    require_study(connection, name)
    values = {"study": name, "kind": kind, "text": text, "detail": encode(detail), "at": now(connection)}
    connection.execute(events.insert().values(**values))


def study_events(connection: Connection, name: str) -> list[Event]:
    """A study's events in the order in which they were recorded."""
    wanted = select(events.c.at, events.c.kind, events.c.text, events.c.detail)
    rows = connection.execute(wanted.where(events.c.study == name).order_by(events.c.id))
    return [Event(at, kind, text, decode(detail)) for at, kind, text, detail in rows]
