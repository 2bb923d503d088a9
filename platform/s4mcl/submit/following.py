"""Following a job: its log as it grows, then the exact exit status."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from s4mcl.submit.job_server import JobServer
from s4mcl_trainables.problems import InputError

TRIES = 6  # a minute in all, for a tunnel that is opened again
FIRST_PAUSE = 1.0
ENDED = ("SUCCEEDED", "FAILED", "STOPPED")
TELLING = re.compile(r"ERROR:|\w*(Error|Exception): ")
# What Ray (2.60) says where two jobs bring a node the same wheel at once: the second takes the folder that the first
# has just installed for the wheel, fails and removes it.
AT_ONCE = re.compile(r"for URI \S+ does not exist on the cluster|py_modules wheel \S+-anyto ")
NODE = re.compile(r"\[Node ([^\]]+)\]")
INTERRUPTED, REFUSED, NO_COMMAND = 130, 2, 127

Write = Callable[[str], None]


@dataclass(frozen=True)
class Ending:
    """How a job ended: the exit status of its command, and what there is to say of it."""

    exit_status: int
    text: str = ""


def follow(server: JobServer, job: str, write: Write) -> Ending:
    """Write the job's log until it ends. A connection that was lost is taken up where it broke.

    Raises:
        InputError: there is no such job, or the cluster does not answer any more.
    """
    written = 0
    failures = 0
    while True:
        place = 0

        def write_new(text: str) -> None:
            nonlocal place, written, failures
            place += len(text)
            if place > written:
                write(text[max(0, len(text) - (place - written)) :])
                written, failures = place, 0

        try:
            server.follow_log(job, write_new)
            details = server.details(job)
            if str(details.status) in ENDED:
                return ending_of(details)
        except InputError as error:
            failures += 1
            if failures == TRIES or not str(error).startswith("no job server answers"):
                raise
        time.sleep(FIRST_PAUSE * 2 ** max(0, failures - 1))


def ending_of(details: Any) -> Ending:
    """The exit status of a job that has ended: its command's own, 130 stopped, 128 + N by signal N, 2 not begun."""
    status, code = str(details.status), details.driver_exit_code
    if status == "STOPPED":
        return Ending(INTERRUPTED, "the job was stopped; the same command again goes on with the study")
    if code is None:
        return Ending(REFUSED, _not_begun(details.message or "no reason is given"))
    if code < 0:
        return Ending(128 - code, f"the driver on the head was killed by signal {-code}; the same command goes on")
    if code == NO_COMMAND:
        return Ending(code, "no python is on the PATH that Ray was started with.\nCure: start Ray with its environment")
    return Ending(code)


def _not_begun(message: str) -> str:
    """What Ray says of a job whose environment or driver it could not set up, in one line that names the node."""
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.match(line)]  # the first one is the cause of the others
    node = NODE.search(message)
    who = f"node {node[1]}" if node else "the cluster"
    cause = (telling or lines)[0]
    cure = (
        "see that pip is on the PATH that Ray was started with there, and the runtime_env_setup logs of Ray's session"
    )
    if AT_ONCE.search(cause):
        cure = (
            "submit it again: another job was bringing the same code there at that moment, and Ray takes it from both"
        )
    return f"{who} could not set up the job: {cause}\nCure: {cure}"
