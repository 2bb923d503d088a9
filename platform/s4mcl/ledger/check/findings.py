"""All checks of a ledger, one family after the other, in one transaction that writes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from s4mcl.ledger.check import arms, attempts, claims, database, documents, files, openings, proposals, reports, trials

SHOWN = 20  # findings of one family that are said one by one

Family = Callable[[Connection, Path], Iterator[str]]

FAMILIES: dict[str, Family] = {
    "database": database.findings,
    "documents": documents.findings,
    "trials": trials.findings,
    "claims": claims.findings,
    "attempts": attempts.findings,
    "reports": reports.findings,
    "proposals": proposals.findings,
    "arms": arms.findings,
    "openings": openings.findings,
    "files": files.findings,
}


@dataclass(frozen=True)
class Finding:
    """Something that a sound ledger does not have; `family` is a name of `FAMILIES`."""

    family: str
    text: str


def find(connection: Connection, storage: Path) -> list[Finding]:
    """What is wrong with a ledger; nothing is an empty list.

    A damaged database is not asked further questions, and texts that are no JSON are not read further: then the
    remaining families are left out.
    """
    found: list[Finding] = []
    for name, family in FAMILIES.items():
        told = family(connection, storage)
        found += [Finding(name, text) for text in islice(told, SHOWN)]
        more = sum(1 for _ in told)
        if more:
            found.append(Finding(name, f"and {more} more"))
        if found and name in ("database", "documents"):
            break
    return found
