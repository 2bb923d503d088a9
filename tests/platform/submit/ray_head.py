"""A Ray head of one machine with a job server, in a home folder and on ports of its own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

PROGRAMS = Path(sys.executable).parent
STARTS_IN = 60.0
PORTS = (
    "--port",
    "--dashboard-port",
    "--dashboard-agent-listen-port",
    "--dashboard-agent-grpc-port",
    "--runtime-env-agent-port",
    "--node-manager-port",
    "--object-manager-port",
    "--metrics-export-port",
    "--ray-client-server-port",
)


@dataclass(frozen=True)
class RayHead:
    """Where it is, and what a command that talks to it finds in its environment."""

    address: str
    home: Path
    environment: dict[str, str] = field(repr=False)

    @property
    def logs(self) -> Path:
        """The logs of its session."""
        return self.home.parent / "r/session_latest/logs"


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a login with this home: no token, no address of a cluster, the programs of these tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "S4MCL_"))}
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    own = {"HOME": str(home), "PATH": path, "RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}
    return {**kept, **own, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "OMP_NUM_THREADS": "1", **more}


@contextmanager
def running_head(cpus: int = 2) -> Iterator[RayHead]:
    """Start it, and end it by the id of its first process."""
    folder = Path(mkdtemp(prefix="rh"))  # a short path: sockets lie below it
    home = folder / "home"
    (home / ".ray").mkdir(parents=True)
    token = home / ".ray/auth_token"
    token.write_text(secrets.token_hex(32))
    token.chmod(0o600)
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    environment = clean_environment(home, PIP_NO_INDEX="1")
    command = [PROGRAMS / "ray", "start", "--head", "--block", "--include-dashboard=true", f"--num-cpus={cpus}"]
    where = ["--dashboard-host=127.0.0.1", "--node-ip-address=127.0.0.1", f"--temp-dir={folder / 'r'}"]
    options = [*where, "--object-store-memory=100000000", *(f"{name}={port}" for name, port in ports.items())]
    with (folder / "start.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *options], env=environment, stdout=log, stderr=log, cwd=home, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{ports['--dashboard-port']}"
        _wait(address, process, folder / "start.log")
        yield RayHead(address, home, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports that nobody has just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [made.getsockname()[1] for made in sockets]
    for made in sockets:
        made.close()
    return found


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_IN
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{address}/api/version", timeout=2).close()
        except urllib.error.HTTPError:  # it asks for the token
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())
