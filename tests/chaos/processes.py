"""The processes of one driver and its Ray, told apart from all others by descent. Linux."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
WORKERS = ("ray::PackTrainable", "ray::s4mcl")  # the second while it trains, and on a cluster


@dataclass(frozen=True)
class Process:
    """A process; a later one of the same number has another start."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether it has not ended; a zombie has."""
        found = _stat(self.pid)
        return found is not None and found[1] == self.started

    def kill(self) -> bool:
        """SIGKILL; whether it was there to be killed."""
        if not self.alive():
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
            return True
        return False

    def kind(self) -> str:
        """Of Ray's processes which: worker (one that trains), raylet, gcs_server, ...; empty if it is gone."""
        try:
            words = (PROC / str(self.pid) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return ""
        first = words[0].decode(errors="replace")
        if first.startswith("ray::"):
            return "worker" if first.startswith(WORKERS) else first.strip()
        name = Path(first).name
        if name.startswith("python"):
            scripts = [Path(word.decode(errors="replace")).stem for word in words[1:] if word.endswith(b".py")]
            return scripts[0] if scripts else name
        return name

    def maps(self, path: Path) -> bool:
        """Whether it has a file in its memory."""
        try:
            return str(path) in (PROC / str(self.pid) / "maps").read_text(errors="replace")
        except OSError:
            return False


def descendants(pid: int) -> list[Process]:
    """Children, their children and so on, as they are now."""
    children: dict[int, list[Process]] = {}
    for folder in PROC.glob("[0-9]*"):
        found = _stat(int(folder.name))
        if found is not None:
            children.setdefault(found[0], []).append(Process(int(folder.name), found[1]))
    family, new = [], list(children.get(pid, ()))
    while new:
        process = new.pop()
        family.append(process)
        new += children.get(process.pid, ())
    return family


def _stat(pid: int) -> tuple[int, str] | None:
    """Parent and start of a process; None if there is none or it is a zombie."""
    try:
        fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[1]), fields[19])
