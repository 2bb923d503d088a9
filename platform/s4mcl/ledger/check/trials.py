"""Trials: what a row says of its trial is what the trial's own document says, and the key is that of its content."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import planned, studies, trials
from s4mcl.ledger.trials import fraction_of
from s4mcl_trainables.label_fraction import plain_fraction
from s4mcl_trainables.trial import Trial, config_digest, content_key

AT_ONCE = 5_000
COLUMNS = ("method", "seed")


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Columns or keys that are not the trial's, times out of order, trials that no study wants or wanted."""
    origins = {name: decode(text) for name, text in connection.execute(select(studies.c.name, studies.c.provenance))}
    wanted = select(trials).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(wanted):
        plain = decode(row.trial)
        for name in COLUMNS:
            if plain.get(name) != getattr(row, name):
                yield f"trial {row.key}: column {name} says {getattr(row, name)}, its document {plain.get(name)}"
        if plain.get("label_fraction") != plain_fraction(fraction_of(row)):
            said = f"column label_fraction says {fraction_of(row)}"
            yield f"trial {row.key}: {said}, its document {plain.get('label_fraction')}"
        yield from _times(row)
        yield from _keys(row, plain, origins)
    wants = select(planned.c.trial_id).distinct()
    unwanted = select(trials.c.key).where(trials.c.id.not_in(wants), trials.c.trained_for_study.is_(None))
    yield from (f"trial {key}: no study wants it, and none trained it" for key in connection.scalars(unwanted))


def _times(row: Row[*tuple[Any, ...]]) -> Iterator[str]:
    if row.started_at is not None and row.finished_at is not None and row.finished_at < row.started_at:
        yield f"trial {row.key}: it finished at {row.finished_at:%F %T}, before its start at {row.started_at:%F %T}"
    if row.state != "planned" and (row.trained_for_study is None or row.trained_for_stage is None):
        yield f"trial {row.key}: it is {row.state}, and for which study and stage is not said"


def _keys(row: Row[*tuple[Any, ...]], plain: Mapping[str, Any], origins: Mapping[str, Any]) -> Iterator[str]:
    """A key holds the revision of the code, which a study notes for its methods: then it can be made again.

    The digest without code and machine can always be. Where it agrees the key may be one of earlier code.
    """
    trial = _trial(plain)
    if trial is None:
        return
    of = {"dataset": row.dataset, "partition": row.partition}
    if row.same_config is not None:
        if row.same_config != config_digest(trial, **of):
            yield f"trial {row.key}: its document is not the one that same_config {row.same_config[:8]} was made of"
        return
    origin = origins.get(row.trained_for_study) or {}
    revision, profile = origin.get("revisions", {}).get(trial.method), origin.get("profile")
    if revision and profile:
        made_by = {"revision": revision, "profile": profile}
        possible = {content_key(trial, **of, **made_by, scope=scope) for scope in (None, row.trained_for_study)}
        if row.key not in possible:
            yield f"trial {row.key}: its key is not that of its document, which has {min(possible)}"


def _trial(plain: Mapping[str, Any]) -> Trial | None:
    """The trial of a document; None when a trial has other fields today, so that its key cannot be made again."""
    try:
        trial = Trial.from_dict(plain)
    except (TypeError, KeyError):
        return None
    return trial if trial.to_dict() == plain else None
