"""A large ledger: how long it takes to open it and to plan a study's next step, and in how much memory.

    python tests/benchmarks/ledger_size.py STORAGE [--url postgresql://USER@HOST/DATABASE] [--check]
        [--groups 100] [--trials 1000] [--reports 50]

Makes a ledger in STORAGE (which must not exist) of one study of the stub method with that many groups (one a label
fraction), trials a group and reports a trial. All groups but the last are finished; in that one a driver that was
killed left eight trials half trained, and ten proposals are not made yet. Then a process of its own opens the ledger,
after the system was asked to drop what it holds of the file, and plans until sixteen trials have begun. Prints one
Markdown table with commit and hardware.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, text

from s4mcl.config import StudyConfig, compose_study, to_plain
from s4mcl.execution.engine import Engine
from s4mcl.execution.place import Place
from s4mcl.execution.provenance import provenance
from s4mcl.ledger import Ledger
from s4mcl.ledger.documents import encode
from s4mcl.ledger.schema import planned, proposals, trials
from s4mcl.stages.keying import Keying
from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.numerics import Profile

NAME = "large"
PENDING, UNASKED, CONCURRENCY = 8, 10, 16
EVERY = 2
AT_ONCE = 5_000
PROFILE = Profile("cpu", "float32", "2.10", 1)
AT = datetime(2026, 11, 1, tzinfo=UTC)
SUMMARY = {
    "val_accuracy": 0.8,
    "val_balanced_accuracy": 0.79,
    "val_dice": 0.75,
    "val_score": 0.77,
    "best_iteration": 80,
}
REPORTS = """
INSERT INTO reports (trial_id, iteration, attempt, measurements, at)
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count})
SELECT id, n * {every}, 1, '{{"loss/stub":0.' || (100000 + id) || ',"val_accuracy":0.' || (2000 + n)
    || ',"val_balanced_accuracy":0.' || (3000 + n) || ',"val_dice":0.' || (4000 + n) || ',"val_score":0.' || (5000 + n)
    || '}}', created_at
FROM trials, counted WHERE state = 'completed' OR n <= {half}
"""

Rows = list[dict[str, Any]]


def configured(given: argparse.Namespace) -> StudyConfig:
    fractions = ",".join(str((number + 1) / given.groups) for number in range(given.groups))
    return compose_study(
        [
            f"name={NAME}",
            "data.path=nowhere",
            "methods=[stub]",
            f"label_fractions=[{fractions}]",
            "seeds=1",
            f"budget.iterations={EVERY * given.reports}",
            f"budget.report_every={EVERY}",
            f"search.label_fractions=[{fractions}]",
            f"search.trials={given.groups * given.trials}",
            "search.seeds=1",
            f"cluster.concurrency={CONCURRENCY}",
        ]
    )


def keying_of(config: StudyConfig) -> Keying:
    return Keying(config, dataset="d" * 64, partition="p" * 64, profile=PROFILE)


def make(config: StudyConfig, given: argparse.Namespace) -> float:
    """Fill a new ledger; return the seconds it took."""
    began, keying = time.perf_counter(), keying_of(config)
    origin = {"profile": PROFILE.to_dict(), "revisions": keying.revisions(config.methods)}
    with Ledger.open(given.storage, url=given.url) as ledger:
        ledger.record_study(NAME, to_plain(config), {"fingerprint": "d" * 64}, {"fingerprint": "p" * 64}, origin)
        with ledger.connection(writes=True) as connection:
            batch: dict[Table, Rows] = {trials: [], planned: [], proposals: []}
            for row in rows_of(config, keying, given):
                for table, values in row.items():
                    batch[table].append(values)
                if len(batch[trials]) == AT_ONCE:
                    insert(connection, batch)
            insert(connection, batch)
            reports = REPORTS.format(count=given.reports, every=EVERY, half=given.reports // 2)
            connection.execute(text(reports.replace(":0", "\\:0")))
        if connection.dialect.name == "postgresql":
            with ledger._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
                autocommit.exec_driver_sql("SELECT setval('trials_id_seq', max(id)) FROM trials")
                autocommit.exec_driver_sql("ANALYZE")
    return time.perf_counter() - began


def insert(connection: Connection, batch: dict[Table, Rows]) -> None:
    for table, rows in batch.items():
        if rows:
            connection.execute(table.insert(), rows)
        rows.clear()


def rows_of(config: StudyConfig, keying: Keying, given: argparse.Namespace) -> Iterator[dict[Table, dict[str, Any]]]:
    """A row of each table for each trial that was begun."""
    draws = random.Random(0)
    last = config.search.label_fractions[-1]
    trial_id = 0
    for fraction in config.search.label_fractions:
        asked = given.trials - (UNASKED if fraction == last else 0)
        for number in range(asked):
            trial_id += 1
            done = fraction != last or number < asked - PENDING
            at = AT + timedelta(seconds=trial_id)
            place = {f"x{which}": draws.random() for which in range(6)}
            (member,) = keying.cohort("stub", place, fraction, (0,))
            group = {"study": NAME, "stage": "search", "method": "stub", "label_fraction": fraction}
            times = {"created_at": at, "finished_at": at if done else None}
            yield {
                trials: {
                    **{"id": trial_id, "key": member.key, "cohort": member.cohort, "same_config": member.same_config},
                    **{
                        "method": "stub",
                        "label_fraction": fraction,
                        "seed": 0,
                        "trial": encode(member.trial.to_dict()),
                    },
                    **{"dataset": "d" * 64, "partition": "p" * 64, "attempt": 1, **times},
                    **{"state": "completed" if done else "planned", "outcome": "completed" if done else None},
                    **{"trained_for_study": NAME, "trained_for_stage": "search", "provenance": "{}", "started_at": at},
                    **{"iterations": EVERY * given.reports, "seconds": 1.0, "summary": encode(SUMMARY)},
                },
                planned: {"study": NAME, "stage": "search", "trial_id": trial_id, "proposal": number, "at": at},
                proposals: {
                    **group,
                    **{"number": number, "hyperparameters": encode(dict(member.trial.hyperparameters)), **times},
                    **{"state": "completed" if done else "running", "score": draws.random() if done else None},
                    **{"iterations": EVERY * given.reports if done else None},
                },
            }


def planning(config: StudyConfig, given: argparse.Namespace) -> dict[str, float]:
    """Seconds of each part, and the peak memory of this process in MiB."""
    marks = [time.perf_counter()]
    with Ledger.open(given.storage) as ledger:
        marks.append(time.perf_counter())
        place = Place(ledger.storage, Path("nowhere").absolute(), PartitionSpec(), locked=False)
        engine = Engine(config, ledger, keying_of(config), place, provenance={})
        marks.append(time.perf_counter())
        begun = [engine.next_pack() for _ in range(CONCURRENCY)]
        assert None not in begun
        marks.append(time.perf_counter())
        ledger.counts(NAME)
        keys = [assignment.key for pack in begun if pack for assignment in pack[1]]
        sent = ledger.reports_of(keys)
        assert sum(len(told) for told in sent.values()) == PENDING * (given.reports // 2)
        marks.append(time.perf_counter())
    open_s, build_s, step_s, look_s = (after - before for before, after in pairwise(marks))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "open": open_s,
        "build": build_s,
        "step": step_s,
        "look": look_s,
        "all": sum((open_s, build_s, step_s, look_s)),
        "mib": peak,
    }


def checking(given: argparse.Namespace) -> dict[str, float]:
    began = time.perf_counter()
    with Ledger.open(given.storage) as ledger:
        found = ledger.check()
        assert found == [], found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"all": time.perf_counter() - began, "mib": peak}


def in_a_process(part: str, given: argparse.Namespace) -> dict[str, float]:
    words = [f"--{name}={getattr(given, name)}" for name in ("groups", "trials", "reports")]
    command = [sys.executable, __file__, str(given.storage), *words, "--part", part]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def forget_pages(storage: Path) -> None:
    """Let the system drop what it holds of the ledger's file in memory."""
    for path in storage.glob("ledger.sqlite*"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("storage", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--reports", type=int, default=50)
    parser.add_argument("--part", choices=("planning", "checking"))
    given = parser.parse_args()
    config = configured(given)
    if given.part:
        print(json.dumps(planning(config, given) if given.part == "planning" else checking(given)))
        return
    if given.storage.exists():
        parser.error(f"{given.storage} exists: name a new folder")
    made = make(config, given)
    size = sum(path.stat().st_size for path in given.storage.glob("ledger.sqlite*")) / 2**20
    checked = in_a_process("checking", given) if given.check else None
    forget_pages(given.storage)
    found = in_a_process("planning", given)
    by = provenance(PROFILE, [])
    count = given.groups * given.trials - UNASKED
    machine = f"{by['machine']['cores']} cores, {by['machine']['processor']}"
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, commit {by['commit']}, {machine}\n")
    where = "PostgreSQL" if given.url else f"SQLite, {size:.0f} MiB"
    reports = f"about {count * given.reports:,} reports"
    print(f"{count:,} trials in {given.groups} groups, {reports} ({where}, made in {made:.0f} s)\n")
    print("| what | measured | at most |\n|---|---|---|")
    print(f"| open the ledger | {found['open']:.2f} s | |")
    print(f"| look at all groups | {found['build']:.2f} s | |")
    print(
        f"| begin {CONCURRENCY} trials: {PENDING} gone on with, the others of new proposals | {found['step']:.2f} s | |"
    )
    print(f"| counts of the study, reports of what was begun | {found['look']:.2f} s | |")
    print(f"| together | {found['all']:.2f} s | 10 s |")
    print(f"| peak memory of the process | {found['mib']:.0f} MiB | 1024 MiB |")
    if checked:
        print(f"| s4mcl ledger check | {checked['all']:.0f} s, {checked['mib']:.0f} MiB | |")


if __name__ == "__main__":
    main()
