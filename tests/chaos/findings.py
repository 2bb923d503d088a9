"""What a storage holds after its study, so that two can be compared bit by bit, and what is wrong with it."""

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

from s4mcl.clean import clean
from s4mcl.ledger import Ledger

Rows = list[tuple[Any, ...]]

TRIALS = """select key, cohort, trial, state, outcome, detail, iterations, summary, test, same_config from trials
    order by key"""
PLANNED = "select study, stage, key, proposal from planned join trials on trials.id = trial_id order by 1, 2, 3, 4"
REPORTS = """select key, iteration, measurements, non_finite from reports join trials on trials.id = trial_id
    order by key, iteration"""
PROPOSALS = """select study, stage, method, label_fraction, number, hyperparameters, state, score, objectives,
    intermediate, violations, iterations from proposals order by 1, 2, 3, 4, 5"""
ARMS = """select study, design, name, position, kind, method, label_fraction, cohort, hyperparameters, factors, seeds
    from arms order by 1, 2, 3"""
OPENINGS = "select key, count(*) from test_openings join trials on trials.id = trial_id group by key order by key"


@dataclass(frozen=True)
class Findings:
    """All that must be the same after any deaths: rows of the ledger without times and attempts, and digests of files.

    Attributes:
        weights: key and SHA-256 of what best.pt holds of a completed trial: tensors bit by bit, reports, iteration.
        stopped: the same of the last.pt of a trial that was stopped early, from which it would go on.
        predictions: key and SHA-256 of the arrays of its predictions on the test part.
    """

    trials: Rows
    planned: Rows
    reports: Rows
    proposals: Rows
    arms: Rows
    openings: Rows
    weights: Rows
    stopped: Rows
    predictions: Rows

    @classmethod
    def of(cls, storage: Path) -> "Findings":
        """Read a storage whose study has ended."""
        texts = (TRIALS, PLANNED, REPORTS, PROPOSALS, ARMS, OPENINGS)
        rows = [asked(storage, text) for text in texts]
        best = asked(storage, "select key, artifacts from trials where state = 'completed' order by key")
        early = asked(storage, "select key from trials where state = 'pruned' order by key")
        judged = asked(storage, "select key, predictions from trials where predictions is not null order by key")
        weights = [(key, content(storage / folder / "best.pt")) for key, folder in best]
        stopped = [(key, content(newest(storage / "trials" / key, "last.pt"))) for (key,) in early]
        predictions = [(key, arrays(storage / path)) for key, path in judged]
        return cls(*rows, weights, stopped, predictions)

    def differences(self, other: "Findings") -> list[str]:
        """What is not the same in another storage."""
        found = []
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if mine != theirs:
                odd = sorted((Counter(map(repr, mine)) - Counter(map(repr, theirs))).elements())
                new = sorted((Counter(map(repr, theirs)) - Counter(map(repr, mine))).elements())
                text = f"{field.name}: {len(odd)} missing or other, {len(new)} in their place or too many"
                found.append(f"{text}; the first {(odd or ['none'])[0][:300]} / {(new or ['none'])[0][:300]}")
        return found


def faults(storage: Path, grid: int) -> list[str]:
    """What an ended study must not leave.

    Args:
        grid: iterations between two reports.
    """
    return [*_doubles(storage), *_holes(storage, grid), *_unended(storage), *_unsound(storage)]


def half_written(storage: Path) -> list[str]:
    """Files that a dead process was writing (.NAME.PID)."""
    return sorted(str(path.relative_to(storage)) for path in storage.rglob(".*") if path.is_file())


def cleaned(storage: Path) -> list[str]:
    """Clean the storage; what is missing or too much then."""
    for path in half_written(storage):  # they are removed an hour after they were begun
        os.utime(storage / path, (0, 0))
    clean(storage)
    text = """select distinct artifacts, predictions from trials join planned on trials.id = trial_id
        where stage = 'confirm'"""
    rows = asked(storage, text)
    files = [storage / path for artifacts, predictions in rows for path in (f"{artifacts}/best.pt", predictions)]
    missing = [f"after cleaning {path.relative_to(storage)} is missing" for path in files if not path.is_file()]
    return [*missing, *(f"after cleaning {path} is still there" for path in half_written(storage)), *_unsound(storage)]


def content(path: Path | None) -> str:
    """SHA-256 of what a checkpoint holds, without seconds."""
    if path is None or not path.is_file():
        return "missing"
    state = torch.load(path, map_location="cpu", weights_only=True)
    digest = hashlib.sha256()
    for piece in _pieces({name: value for name, value in state.items() if name != "seconds"}):
        digest.update(piece)
    return digest.hexdigest()


def arrays(path: Path) -> str:
    """SHA-256 of the arrays of an npz file."""
    import numpy as np

    if not path.is_file():
        return "missing"
    digest = hashlib.sha256()
    with np.load(path, allow_pickle=False) as file:
        for name in sorted(file.files):
            array = file[name]
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def newest(trial: Path, name: str) -> Path | None:
    """The file of the last attempt that has one."""
    found = sorted(trial.glob(f"*/{name}"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


def asked(storage: Path, text: str) -> Rows:
    """Rows of a storage's ledger, which others may write meanwhile; none where it is not there yet."""
    path = storage / "ledger.sqlite"
    if not path.is_file():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        try:
            return connection.execute(text).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # the first driver died while it made them
                return []
            raise


def _pieces(value: Any) -> Iterator[bytes]:
    """A value of tensors and plain values as bytes that no other value has."""
    if isinstance(value, torch.Tensor):
        yield f"tensor {value.dtype} {tuple(value.shape)} ".encode()
        yield value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    elif isinstance(value, dict):
        yield f"dict {len(value)} ".encode()
        for name in sorted(value, key=repr):
            yield f"{name!r} ".encode()
            yield from _pieces(value[name])
    elif isinstance(value, list | tuple):
        yield f"list {len(value)} ".encode()
        for each in value:
            yield from _pieces(each)
    else:
        yield f"{value!r} ".encode()


def _doubles(storage: Path) -> list[str]:
    text = "select study, stage, trial_id, count(*) from planned group by 1, 2, 3 having count(*) > 1"
    return [f"trial {trial} stands {count} times in {stage}" for _, stage, trial, count in asked(storage, text)]


def _holes(storage: Path, grid: int) -> list[str]:
    """Reports are those of the grid up to where the trial ended, in the order of time."""
    found = []
    ended = asked(storage, "select id, key, iterations from trials where state in ('completed', 'pruned')")
    for trial, key, iterations in ended:
        rows = asked(storage, f"select iteration, at, attempt from reports where trial_id = {trial} order by 1")
        if [row[0] for row in rows] != list(range(grid, iterations + 1, grid)):
            found.append(f"trial {key} of {iterations} iterations has reports at {[row[0] for row in rows]}")
        if [row[1:] for row in rows] != sorted(row[1:] for row in rows):
            found.append(f"trial {key}: its reports go backwards in time or attempts: {rows}")
    return found


def _unended(storage: Path) -> list[str]:
    found = [f"{table} left {state}" for table, state in (*_states(storage, "trials"), *_states(storage, "proposals"))]
    return [text for text in found if not text.endswith((" completed", " pruned"))]


def _states(storage: Path, table: str) -> Rows:
    return [(table, state) for (state,) in asked(storage, f"select distinct state from {table}")]


def _unsound(storage: Path) -> list[str]:
    with Ledger.open(storage, create=False) as ledger:
        return [f"ledger check: {finding.family}: {finding.text}" for finding in ledger.check()]
