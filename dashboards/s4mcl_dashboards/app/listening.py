"""The socket that the app listens on."""

import errno
import socket

from s4mcl_trainables.problems import InputError

FIRST = 8050
TRIED = 50  # ports from the first on


def listening(host: str, port: int | None) -> socket.socket:
    """A bound socket of a host; with port None the next free port from 8050 on, with 0 any.

    Raises:
        InputError: the port is in use or not allowed, or the host is no address of this machine.
    """
    if port is not None:
        return _bound(host, port)
    for tried in range(FIRST, FIRST + TRIED):
        try:
            return _bound(host, tried)
        except PortBusyError:
            continue
    return _bound(host, 0)


class PortBusyError(InputError):
    """Another program listens there."""


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        cure = "give --host a name or an address of this machine, such as 127.0.0.1 or 0.0.0.0"
        raise InputError(f"--host {host}: there is no such host ({error}).\nCure: {cure}") from error
    found = socket.socket(family, kind, protocol)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was left a moment ago is free
        found.bind(address)
        found.listen(128)
    except OSError as error:
        found.close()
        raise _explained(host, port, error) from error
    return found


def _explained(host: str, port: int, error: OSError) -> InputError:
    if error.errno == errno.EADDRINUSE:
        cure = f"give another --port, or leave it out: then the next free one from {FIRST} on is taken"
        return PortBusyError(f"port {port} of {host} is in use.\nCure: {cure}")
    if error.errno in (errno.EACCES, errno.EPERM):
        return InputError(f"port {port} of {host} may not be opened by this user.\nCure: give a --port above 1023")
    cure = "give --host a name or an address of this machine, such as 127.0.0.1 or 0.0.0.0"
    return InputError(f"{host}:{port} cannot be listened on: {error.strerror}.\nCure: {cure}")
