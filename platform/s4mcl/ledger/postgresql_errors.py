"""What a PostgreSQL server's errors mean, and what to do about them."""

import re

from s4mcl.ledger.backend import ConnectionLostError
from s4mcl_trainables.problems import InputError

LOCK_SECONDS = 60

# What a server says when it refuses a connection (in words: there is no code yet), what it means, and the cure.
REFUSALS = (
    (
        r"password authentication failed|no password supplied|authentication failed",
        "refuses this user or password",
        "put the right password into the environment variable PGPASSWORD, or into ~/.pgpass as a line "
        "HOST:PORT:DATABASE:USER:PASSWORD (chmod 600 ~/.pgpass)",
    ),
    (
        r"no pg_hba.conf entry",
        "does not let this user in from this machine",
        "let the server's administrator add a line for it to pg_hba.conf, or name another user in the URL",
    ),
    (
        r'database "[^"]*" does not exist',
        "has no such database",
        "create it with: createdb --host HOST --username USER DATABASE, or correct the URL",
    ),
    (
        r'role "[^"]*" does not exist',
        "has no such user",
        "create it with: createuser --host HOST --pwprompt USER, or correct the URL",
    ),
    (
        r"too many clients|remaining connection slots|too many connections",
        "has no free connection",
        "end other programs that use it, or let its administrator raise max_connections",
    ),
)
# What a server says later, by the first characters of its code (SQLSTATE).
MEANINGS = (
    (
        ("42501",),
        "does not let this user do that",
        "let its owner grant it: GRANT ALL ON SCHEMA public TO USER, GRANT ALL ON ALL TABLES IN SCHEMA public TO USER",
    ),
    (("53",), "has no room or no resources left", "make room on the server, then repeat the command"),
    (
        ("55P03",),
        f"was locked by another process for {LOCK_SECONDS} s",
        "end the process that holds it (another driver, a backup), then repeat the command",
    ),
    (("25006",), "can only be read", "name the primary server in the URL, or a user who may write"),
    (("XX", "58"), "is damaged, or its disk fails", "look into the server's log; put back a copy of the database"),
)
GONE = ("08", "57P", "25P03")  # connection lost; server shut down; thrown out of a transaction


def meaning_of(error: Exception, place: str, *, reached: bool) -> InputError | None:
    """What an error means to a person; None when it is an error of this program.

    A server that cannot be reached although it was `reached` before is a connection lost: it is waited for.
    """
    import psycopg  # noqa: PLC0415  # an extra of this package, needed by those who have a server

    if not isinstance(error, psycopg.Error):
        return None
    code, said = error.sqlstate or "", " ".join(str(error).split())
    if isinstance(error, psycopg.OperationalError) and (not code or code.startswith(GONE)):
        return _unreachable(said, place, reached=reached)
    for codes, meaning, cure in MEANINGS:
        if code.startswith(codes):
            return InputError(f"{place} {meaning} (PostgreSQL: {said}).\nCure: {cure}")
    return None


def _unreachable(said: str, place: str, *, reached: bool) -> InputError:
    for pattern, meaning, cure in REFUSALS:
        if re.search(pattern, said):
            return InputError(f"{place}: the server {meaning} (PostgreSQL: {said}).\nCure: {cure}")
    if reached:
        cure = "when the server is back, repeat the command; nothing of the interrupted step was kept"
        return ConnectionLostError(f"the connection to {place} was lost (PostgreSQL: {said}).\nCure: {cure}")
    cure = "start the server, or correct host and port of the URL; pg_isready --host HOST --port PORT tells"
    return InputError(f"{place} cannot be reached (PostgreSQL: {said}).\nCure: {cure}")
