"""Values that stand as JSON text can be read."""

import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Connection, Table, select

from s4mcl.ledger.schema import arms, events, memory, proposals, reports, studies, trials

OBJECTS: dict[Table, tuple[str, ...]] = {
    studies: ("config", "dataset", "partition", "provenance"),
    trials: ("trial", "detail", "summary", "test", "provenance"),
    reports: ("measurements",),
    proposals: ("hyperparameters", "intermediate"),
    arms: ("hyperparameters", "factors"),
    events: ("detail",),
    memory: ("described",),
}
LISTS: dict[Table, tuple[str, ...]] = {
    reports: ("non_finite",),
    proposals: ("objectives", "violations"),
    arms: ("seeds",),
}
AT_ONCE = 10_000


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Texts that are no JSON object or list, as their column asks for."""
    for kind, expected in ((dict, OBJECTS), (list, LISTS)):
        for table, names in expected.items():
            for name in names:
                yield from _unreadable(connection, table, table.c[name], kind)


def _unreadable(connection: Connection, table: Table, column: Column[str], kind: type) -> Iterator[str]:
    place = list(table.primary_key)
    wanted = select(column, *place).where(column.is_not(None)).execution_options(yield_per=AT_ONCE)
    for text, *row in connection.execute(wanted):
        if not _is(text, kind):
            where = ", ".join(f"{key.name} {value}" for key, value in zip(place, row, strict=True))
            yield f"{table.name}.{column.name} of {where} is no JSON {'object' if kind is dict else 'list'}"


def _is(text: str, kind: type) -> bool:
    try:
        return isinstance(json.loads(text), kind)
    except ValueError:
        return False
