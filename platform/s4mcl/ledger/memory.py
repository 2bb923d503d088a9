"""What packs need of a device's memory, as their first steps showed; shared by all studies of the storage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from s4mcl.ledger.dialect import insert_new, now
from s4mcl.ledger.documents import decode, encode
from s4mcl.ledger.schema import memory


@dataclass(frozen=True)
class MemoryFigure:
    """The most that a pack of a kind has needed on a device, and what the device has.

    Attributes:
        kind: 64 hexadecimal characters (`stages.pack_kind`).
        device: "NVIDIA H200", or "cpu".
        method: of the pack.
        described: what makes the kind, plain values.
        peak_bytes: the largest that was measured; after a pack found no memory, more than that.
        device_bytes: memory of the device.
    """

    kind: str
    device: str
    method: str
    described: Mapping[str, Any]
    peak_bytes: int
    device_bytes: int


def remember(connection: Connection, figure: MemoryFigure) -> None:
    """Note a figure; the larger of two of one kind and device stays."""
    c, at = memory.c, now(connection)
    values = {**vars(figure), "described": encode(figure.described), "at": at}
    if connection.execute(insert_new(connection, memory), values).rowcount == 1:
        return
    same = (c.kind == figure.kind) & (c.device == figure.device) & (c.peak_bytes < figure.peak_bytes)
    connection.execute(
        update(memory).where(same).values(peak_bytes=figure.peak_bytes, device_bytes=figure.device_bytes, at=at)
    )


def remembered(connection: Connection, kinds: Sequence[str] | None = None) -> list[MemoryFigure]:
    """The figures of these kinds, or all, by kind and device."""
    c = memory.c
    wanted = select(c.kind, c.device, c.method, c.described, c.peak_bytes, c.device_bytes).order_by(c.kind, c.device)
    rows = connection.execute(wanted if kinds is None else wanted.where(c.kind.in_(kinds)))
    return [
        MemoryFigure(kind, device, method, decode(described) or {}, peak, size)
        for kind, device, method, described, peak, size in rows
    ]
