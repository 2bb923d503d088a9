"""Reports: from the first on without a hole, by attempts that were handed out, none after the trial's end."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import reports, trials

AT_ONCE = 50_000

Told = Sequence[tuple[int, int]]  # (iteration, attempt) of one trial's reports, by iteration


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Holes, attempts that go back or were never handed out, reports after the end, completed trials without any."""
    c, r = trials.c, reports.c
    wanted = select(r.trial_id, r.iteration, r.attempt).order_by(r.trial_id, r.iteration)
    rows = connection.execute(wanted.execution_options(yield_per=AT_ONCE))
    told = groupby(rows, key=itemgetter(0))
    trial_id, sent = next(told, (None, iter(())))
    known = select(c.id, c.key, c.state, c.attempt, c.iterations, c.trial).order_by(c.id)
    for trial in connection.execute(known).all():
        mine: Told = []
        if trial_id == trial.id:
            mine = [(iteration, attempt) for _, iteration, attempt in sent]
            trial_id, sent = next(told, (None, iter(())))
        for text in _of_trial(trial, mine):
            yield f"trial {trial.key}: {text}"


def _of_trial(trial: Any, told: Told) -> Iterator[str]:
    if not told:
        return
    attempts = [attempt for _, attempt in told]
    if min(attempts) < 1 or max(attempts) > trial.attempt:
        yield f"reports of attempts {min(attempts)} to {max(attempts)}, of which {trial.attempt} were handed out"
    back = [now for now, after in pairwise(told) if after[1] < now[1]]
    if back:
        yield f"its report at iteration {back[0][0]} is of a later attempt than the one after it"
    last = told[-1][0]
    if trial.state == "completed" and trial.iterations is not None and last > trial.iterations:
        yield f"a report at iteration {last}, after its end at {trial.iterations}"
    yield from _holes([iteration for iteration, _ in told], decode(trial.trial).get("settings") or {})


def _holes(iterations: Sequence[int], settings: dict[str, Any]) -> Iterator[str]:
    """Reports come every `report_every` iterations, and at the budget's end."""
    every, budget = settings.get("report_every"), settings.get("iterations")
    if not every or not budget:
        return
    there = set(iterations)
    missing = [at for at in range(every, iterations[-1], every) if at not in there]
    if missing:
        yield f"{len(missing)} reports are missing, the first at iteration {missing[0]}"
    odd = [at for at in iterations if at > 0 and at % every and at != budget]
    if odd:
        yield f"a report at iteration {odd[0]}, where one is due every {every} iterations"
