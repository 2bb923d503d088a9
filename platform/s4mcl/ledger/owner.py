"""Who holds a claim: one process of one machine, told apart from a later process with the same number."""

import os
import re
from dataclasses import dataclass

from s4mcl_trainables.processes import process_start, this_boot, this_host

BOOT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=:)")  # of Linux, before the time since then


@dataclass(frozen=True)
class Owner:
    """A process: `host`, `pid`, and `started`, a text that no other process of this host and number shares."""

    host: str
    pid: int
    started: str

    @classmethod
    def this_process(cls) -> "Owner":
        """The calling process."""
        return cls(this_host(), os.getpid(), process_start(os.getpid()) or "unknown")

    def is_dead(self) -> bool:
        """Whether the process is known to have ended. False for another host: only its lease can tell.

        One that started under another boot ran before this machine was started anew, or runs on another of its name.
        """
        if self.host != this_host():
            return False
        boot = BOOT.match(self.started)
        if boot is not None and boot[0] != this_boot():
            return False
        return process_start(self.pid) != self.started


def this_process() -> str:
    """The calling process, in words."""
    return f"process {os.getpid()} on {this_host()}"
