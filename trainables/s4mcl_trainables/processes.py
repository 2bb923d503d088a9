"""Processes of a host, told apart from later ones with the same number."""

import hashlib
import os
import re
import socket
import subprocess
from functools import cache
from pathlib import Path

PROC = Path("/proc")
FIRST_NAMESPACE = "pid:[4026531836]"  # the process numbers of the machine itself, not of a container
MARK = re.compile(r"([0-9a-f]{8})-(\d+)-([0-9a-f]{8})(?=-|$)")


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


def process_mark() -> str:
    """A name for what this process leaves in a folder that others of its host use too: no other process has it."""
    return f"{_short(this_host())}-{os.getpid()}-{_short(_own_start(os.getpid()))}"


def is_of_the_dead(name: str) -> bool:
    """Whether a name begins with the mark of a process of this host that has ended.

    False for the marks of other hosts and of other containers, which may share the folder, and for other names.
    """
    found = MARK.match(name)
    if found is None or found[1] != _short(this_host()):
        return False
    started = process_start(int(found[2]))
    return started is None or _short(started) != found[3]


@cache
def _own_start(pid: int) -> str:
    return process_start(pid) or "unknown"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _start_by_ps(pid: int) -> str | None:
    """The same where there is no /proc (macOS)."""
    command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
    shown = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"}
    )
    state, _, started = shown.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()
