"""What was trained, and what it took, to tell what further trials will take."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import planned, trials


@dataclass(frozen=True)
class Measured:
    """A completed trial: its settings (`Settings`, plain), where it was trained, its iterations and seconds."""

    settings: Mapping[str, Any]
    device: str | None
    iterations: int
    seconds: float


def measured(connection: Connection, method: str, most: int) -> list[Measured]:
    """The latest completed trials of a method in this storage, of whichever study; at most `most`."""
    c = trials.c
    wanted = select(c.trial, c.provenance, c.iterations, c.seconds).where(
        c.state == "completed", c.method == method, c.iterations > 0, c.seconds > 0
    )
    rows = connection.execute(wanted.order_by(c.id.desc()).limit(most))
    return [
        Measured(_settings(trial), _device(made_by), iterations, seconds)
        for trial, made_by, iterations, seconds in rows
    ]


def trained_keys(connection: Connection, study: str, stage: str) -> dict[tuple[str, float], list[str]]:
    """By method and label fraction the keys of the trials that a stage wants and that are, or were, trained."""
    of_stage = select(trials.c.method, trials.c.label_fraction, trials.c.key).join(
        planned, planned.c.trial_id == trials.c.id
    )
    wanted = of_stage.where(planned.c.study == study, planned.c.stage == stage, trials.c.attempt > 0)
    found: dict[tuple[str, float], list[str]] = defaultdict(list)
    for method, fraction, key in connection.execute(wanted.order_by(planned.c.id)):
        found[method, fraction].append(key)
    return found


def _settings(trial: str) -> Mapping[str, Any]:
    found: Any = (decode(trial) or {}).get("settings")
    return found if isinstance(found, Mapping) else {}


def _device(provenance: str | None) -> str | None:
    machine: Any = (decode(provenance) or {}).get("machine") if provenance else None
    return machine.get("device") if isinstance(machine, Mapping) else None
