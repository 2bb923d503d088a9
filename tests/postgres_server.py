"""A private PostgreSQL server for tests, from Debian's binaries, on a free loopback port and in a folder of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BINARIES = Path("/usr/lib/postgresql")
PASSWORD = "correct horse"
# Who may come in, and how: "guarded" with a password, the others without; there is no "ghost".
ADMISSION = """
host all owner 127.0.0.1/32 trust
host all guarded 127.0.0.1/32 scram-sha-256
host all reader 127.0.0.1/32 trust
host all ghost 127.0.0.1/32 trust
"""
SETTINGS = ("fsync=off", "unix_socket_directories=", "listen_addresses=127.0.0.1", "max_connections=40")


class PostgresServer:
    """The running server: makes databases, stops, starts and breaks connections."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries, self.folder = binaries, folder
        self.data = folder / "data"
        self.port = free_port()
        self._count = 0

    def initialise(self) -> None:
        """Make the cluster."""
        self._run("initdb", "-D", str(self.data), "-U", "owner", "-A", "trust", "--locale=C", "--encoding=UTF8", "-N")
        (self.data / "pg_hba.conf").write_text(ADMISSION)

    def start(self) -> None:
        """Start and wait until it answers."""
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"port={self.port}"))
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop at once, with all connections cut."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-w", "-D", str(self.data))

    def database(self) -> str:
        """Make an empty database; return the owner's URL of it."""
        self._count += 1
        name = f"ledger_{self._count}"
        self.say(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str, user: str = "owner") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def say(self, *commands: str, database: str = "postgres") -> list[Any]:
        """Run commands, each committed at once, and return the rows of the last."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for command in commands:
                cursor = connection.execute(command.encode())
            return cursor.fetchall() if cursor.description else []

    def cut(self, url: str) -> int:
        """Break all connections to a database; return how many there were."""
        name = url.rpartition("/")[2]
        there = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        return len(self.say(there))

    def _run(self, program: str, *words: str) -> None:
        as_whom: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        subprocess.run(
            [str(self.binaries / program), *words],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "said").open("a"),  # a pipe would be held open by the server
            stderr=subprocess.STDOUT,
            extra_groups=[] if as_whom else None,
            **as_whom,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server with the users owner (no password), guarded (`PASSWORD`), reader and outsider (never let in)."""
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        message = f"no PostgreSQL under {BINARIES}: apt-get install postgresql"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="s4mcl-postgres-"))  # pytest's folders are closed to another user
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = PostgresServer(found[-1].parent, folder)
    try:
        server.initialise()
        server.start()
        server.say(
            f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'", "CREATE ROLE reader LOGIN", "CREATE ROLE outsider LOGIN"
        )
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
