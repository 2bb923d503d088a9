"""Bringing a report back: a second, small job prints it, and it is written here whole or not at all."""

import secrets
import time
from contextlib import suppress
from pathlib import Path

from s4mcl.execution.whole_file import whole_file
from s4mcl.submit.following import ENDED
from s4mcl.submit.job_server import JobServer
from s4mcl.submit.sent_file import END, received
from s4mcl.submit.submission import Submitted, on_the_head
from s4mcl_trainables.problems import InputError

FILE = "report.html"
POLL_SECONDS = 0.3
CLEAR_SECONDS = 15.0


def refuse_taken(folder: Path, study: str) -> None:
    """Refuse a place where a report cannot be put, before anything is submitted.

    Raises:
        InputError: it lies under a file, or a study of this machine is there.
    """
    place = folder / study
    for path in (place, *place.parents):
        if path.exists() and not path.is_dir():
            raise InputError(
                f"{path} is a file, where --bring-back asks for a folder.\nCure: give another --bring-back"
            )
    if (place / "config.yaml").exists():
        raise InputError(
            f"{place} is a study of this machine, whose report would be replaced.\n"
            "Cure: give another --bring-back, or --no-report"
        )


def bring_back(server: JobServer, study: Submitted, folder: Path) -> Path:
    """Write the report of a study on the cluster to `folder`/<study>/report.html; the path of that.

    Raises:
        InputError: there is none, it does not come through, or it cannot be written.
    """
    job = f"s4mcl-report-{secrets.token_hex(4)}"
    command = on_the_head("s4mcl.submit.sent_file", f"{study.study_dir}/{FILE}")
    server.submit(job, command, server.details(study.job).runtime_env or {}, {"brings_back": study.study})
    try:
        content = received(_printed(server, job))
    finally:
        _clear(server, job)
    place = folder / study.study
    try:
        place.mkdir(parents=True, exist_ok=True)
        with whole_file(place / FILE) as file:
            file.write(content)
    except OSError as error:
        cure = "give another --bring-back, and repeat with --follow"
        raise InputError(f"{place / FILE} cannot be written: {error.strerror}.\nCure: {cure}") from error
    return place / FILE


def _printed(server: JobServer, job: str) -> str:
    """What the job has printed when the file is there, or when it has ended without."""
    while True:
        ended = str(server.details(job).status) in ENDED
        log = server.log(job)
        if ended or END in log:
            return log
        time.sleep(POLL_SECONDS)


def _clear(server: JobServer, job: str) -> None:
    """Have the job empty its log and end. It stays listed: Ray puts a job that is deleted at once back, as failed."""
    with suppress(InputError):  # the cluster has gone meanwhile; the job empties its log by itself
        server.stop(job)
        until = time.monotonic() + CLEAR_SECONDS
        while str(server.details(job).status) not in ENDED and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
