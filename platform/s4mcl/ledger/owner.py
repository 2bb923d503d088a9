"""Who holds a claim: one process of one machine, told apart from a later process with the same number."""

import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
BOOT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=:)")  # of Linux, before the time since then
FIRST_NAMESPACE = "pid:[4026531836]"  # the process numbers of the machine itself, not of a container


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


def this_host() -> str:
    """The host's name; inside a container with its own process numbers, their name space too."""
    try:
        namespace = str((PROC / "self/ns/pid").readlink())
    except OSError:
        namespace = FIRST_NAMESPACE
    name = socket.gethostname()
    return name if namespace == FIRST_NAMESPACE else f"{name}/{namespace.removeprefix('pid:')}"


def process_start(pid: int) -> str | None:
    """When a process of this host started, as a text to compare; None if there is none or it is a zombie."""
    if not (PROC / "self/stat").exists():
        return _start_by_ps(pid)
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the command before it may hold blanks and brackets
    return None if fields[0] in "ZX" else f"{this_boot()}:{fields[19]}"


def this_boot() -> str:
    """What tells this start of the machine from every other; empty where that is not known."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _start_by_ps(pid: int) -> str | None:
    """The same where there is no /proc (macOS)."""
    command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
    shown = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"}
    )
    state, _, started = shown.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()
