"""Machines on one: each with its own processes, network address, host name and disk, on a network that can be cut.

Linux namespaces. Run as root, in a fresh process that is alone in namespaces of its own (`ALONE`).
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

VENV = Path(sys.executable).parents[1]
CHECKOUT = Path(__file__).parents[2]
ALONE = ["unshare", "--net", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child"]
PROGRAMS = {"ip": "iproute2", "pgrep": "procps"}  # and the package of Debian that has each
LAN = "lan"
OUTSIDE = "10.78.0.254"  # the address of what is no machine: the process that makes them


def sh(*words: object) -> None:
    """Run a command that must succeed."""
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


def missing(programs: dict[str, str] | None = None) -> list[str]:
    """What this machine lacks, as packages of Debian."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    needed = {**PROGRAMS, **(programs or {})}
    return sorted({package for command, package in needed.items() if not shutil.which(command, path=path)})


def may_make_namespaces() -> bool:
    """Whether this process may have machines."""
    done = subprocess.run(
        [*ALONE, "--uts", "ip", "link", "add", "v0", "type", "veth"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def own_places(folder: Path, name: str, places: Sequence[str] = ("/tmp", "/dev/shm", "/run")) -> None:
    """Give the calling process, alone in a mount namespace, empty folders of its own; checkout and venv stay."""
    sh("mount", "--make-rprivate", "/")
    seen = {path: folder / f"{name}.{number}" for number, path in enumerate((CHECKOUT, VENV))}
    for path, beside in seen.items():
        beside.mkdir(exist_ok=True)
        sh("mount", "--bind", path, beside)
    for place in places:
        sh("mount", "-t", "tmpfs", "tmpfs", place)
    for path, beside in seen.items():  # a checkout below /tmp is there all the same
        if not path.exists():
            path.mkdir(parents=True)
            sh("mount", "--bind", beside, path)
    sh("mount", "--bind", VENV, VENV)
    sh("mount", "-o", "remount,bind,ro", VENV)


def own_address(interface: str, address: str) -> None:
    """Give the calling process, alone in a network namespace, an address."""
    sh("ip", "link", "set", "lo", "up")
    sh("ip", "addr", "add", f"{address}/24", "dev", interface)
    sh("ip", "link", "set", interface, "up")
    sh("ip", "route", "add", "default", "dev", interface)


def beside(command: Sequence[str], *, uts: bool = False) -> "tuple[subprocess.Popen[bytes], int]":
    """Start a command in namespaces of its own, where it waits for a line: unshare, and its number here."""
    waits = ["bash", "-c", 'read -r _; exec "$@"', "wait", *command]
    unshare = subprocess.Popen([*ALONE, *(["--uts"] if uts else []), *waits], stdin=subprocess.PIPE)
    while True:
        found = subprocess.run(["pgrep", "-P", str(unshare.pid)], capture_output=True, text=True, check=False)
        if found.stdout.strip():
            return unshare, int(found.stdout.split()[0])
        time.sleep(0.01)


def go_on(unshare: "subprocess.Popen[bytes]") -> None:
    """Let what `beside` started run."""
    assert unshare.stdin is not None
    unshare.stdin.write(b"\n")
    unshare.stdin.close()


def make_network() -> None:
    """The network of the machines, in the calling process's namespace, with its own address there."""
    sh("ip", "link", "set", "lo", "up")
    sh("ip", "link", "add", LAN, "type", "bridge")
    sh("ip", "addr", "add", f"{OUTSIDE}/24", "dev", LAN)
    sh("ip", "link", "set", LAN, "up")


class Machine:
    """A machine that runs until it is killed.

    Attributes:
        name, address: by which the others know it.
        pid: of its first process, as the calling process sees it.
    """

    def __init__(self, name: str, address: str, folder: Path, *, sees_folder: bool = False) -> None:
        """Start it.

        Args:
            folder: a folder of the calling process, which the machine sees or finds empty.
        """
        self.name, self.address = name, address
        words = [sys.executable, __file__, name, address, str(folder), *(["seen"] if sees_folder else [])]
        self._unshare, self.pid = beside(words, uts=True)
        sh("ip", "link", "add", f"{name}-lan", "type", "veth", "peer", "name", name)
        sh("ip", "link", "set", f"{name}-lan", "master", LAN, "up")
        sh("ip", "link", "set", name, "netns", self.pid)
        go_on(self._unshare)
        while not self.path("/run/ready").exists():
            assert self._unshare.poll() is None, f"machine {name} did not come up"
            time.sleep(0.02)

    def path(self, path: str | Path) -> Path:
        """A path of its disk, as one of the calling process; SQLite does not take it."""
        return Path(f"/proc/{self.pid}/root{path}")

    def inside(self, *words: object) -> list[str]:
        """A command as one that runs there."""
        there = ["nsenter", "--target", str(self.pid), "--net", "--mount", "--pid", "--uts", "--wd=/tmp"]
        return [*there, *(str(word) for word in words)]

    def cut_off(self) -> None:
        """Nothing reaches it any more, and it reaches nobody."""
        sh("ip", "link", "set", f"{self.name}-lan", "down")

    def reconnect(self) -> None:
        """End that."""
        sh("ip", "link", "set", f"{self.name}-lan", "up")

    def kill(self) -> None:
        """All its processes at once, and its disk with them."""
        self._unshare.kill()
        self._unshare.wait()

    @property
    def lives(self) -> bool:
        """Whether it was not killed."""
        return self._unshare.poll() is None


def _become(name: str, address: str, folder: Path, *, seen: bool) -> None:
    sh("hostname", name)
    own_places(folder, name)
    if not seen:
        sh("mount", "-t", "tmpfs", "tmpfs", folder)
    own_address(name, address)
    Path("/tmp/home").mkdir()
    Path("/run/ready").touch()
    subprocess.run(["sleep", "infinity"], check=False)


if __name__ == "__main__":
    _become(sys.argv[1], sys.argv[2], Path(sys.argv[3]), seen="seen" in sys.argv[4:])
