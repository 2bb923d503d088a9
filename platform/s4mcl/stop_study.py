"""Asking whoever runs a study to stop it, or one of its trials."""

import time

from s4mcl.execution.lock import holder
from s4mcl.ledger import Ledger
from s4mcl.ledger.owner import this_process
from s4mcl.study_directory import StudyDirectory
from s4mcl_trainables.problems import InputError

COLUMNS = ("key", "stage", "method", "label_fraction", "seed", "state", "outcome")
OVER = ("completed", "pruned", "failed")
SHOWN = 5
PATIENCE = 10.0  # seconds in which a driver has long seen a request, unless it is busy with something else
LOOK_SECONDS = 0.2


def ask_to_stop(study: StudyDirectory, prefix: str | None = None, *, patience: float = PATIENCE) -> str:
    """Ask the driver of a study to stop it, or the trial whose key begins with `prefix`; what to tell the person.

    Raises:
        InputError: nobody runs the study, or there is no such trial, there are several, or it has ended.
    """
    with Ledger.open(study.storage, create=False) as ledger:
        key, what = (None, f"study {study.name}") if prefix is None else _trial(ledger, study.name, prefix)
        driver = holder(study.path)
        if driver is None:
            cure = "s4mcl run goes on with it" if prefix is None else "s4mcl run first, or leave it as it is"
            raise InputError(f"nobody runs study {study.path}, so there is nothing to stop.\nCure: {cure}")
        number = ledger.request_stop(study.name, key, f"s4mcl stop ({this_process()})")
        if _is_seen(ledger, study.name, number, patience):
            return f"{what} is being stopped by {driver}; see: s4mcl status {study.path}"
        return f"{what} will be stopped as soon as {driver} looks; it is busy. See: s4mcl status {study.path}"


def _is_seen(ledger: Ledger, study: str, number: int, patience: float) -> bool:
    until = time.monotonic() + patience
    while any(request.id == number for request in ledger.stop_requests(study, unseen=True)):
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _trial(ledger: Ledger, study: str, prefix: str) -> tuple[str, str]:
    """The key of the one trial of a study that is meant, and what to call it."""
    rows = ledger.trials_frame(study, columns=COLUMNS).to_dicts()
    found = {row["key"]: row for row in rows if row["key"].startswith(prefix.lower())}
    if not prefix or not found:
        open_ones = [row["key"][:12] for row in rows if row["state"] not in OVER]
        listed = ", ".join(dict.fromkeys(open_ones[:SHOWN])) or "none"
        cure = f"s4mcl export and the report tell keys; some that have not ended: {listed}"
        raise InputError(f"study {study} has no trial whose key begins with {prefix!r}.\nCure: {cure}")
    if len(found) > 1:
        listed = ", ".join(f"{key[:12]} ({_described(row)})" for key, row in list(found.items())[:SHOWN])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        found_ones = f"{len(found)} trials have keys that begin with {prefix!r}: {listed}{more}"
        raise InputError(f"{found_ones}.\nCure: give more of the key")
    ((key, row),) = found.items()
    if row["state"] in OVER:
        ended = row["state"] if row["outcome"] in (None, row["state"]) else f"{row['state']}: {row['outcome']}"
        raise InputError(f"trial {key[:12]} ({_described(row)}) has already ended ({ended}).\nCure: leave it as it is")
    trained_for = ledger.states([key])[key].trained_for
    if row["state"] == "running" and trained_for is not None and trained_for[0] != study:
        cure = f"s4mcl stop {ledger.storage / trained_for[0]} --trial {key[:12]}"
        raise InputError(f"trial {key[:12]} is trained by study {trained_for[0]}.\nCure: {cure}")
    return key, f"trial {key[:12]} ({_described(row)})"


def _described(row: dict[str, object]) -> str:
    return f"{row['stage']} {row['method']} fraction {row['label_fraction']:g} seed {row['seed']}"
