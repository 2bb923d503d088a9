"""Which names and addresses the app answers under, so that no other site can pass itself off as it (DNS rebinding)."""

import ipaddress
import socket
from dataclasses import dataclass

ANY = ("0.0.0.0", "::", "")  # every address of this machine
LOCAL = "localhost"


@dataclass(frozen=True)
class Hosts:
    """The host that the app listens on, and by that what a request may call it.

    A page of a foreign site can make its own name point to this machine, and then reads the app as if it were its own
    server. Such a request names the foreign host in its Host header. An address in numbers belongs to no other site.
    """

    host: str

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the app."""
        return self.host == LOCAL or _is_loopback(self.host)

    def knows(self, header: str) -> bool:
        """Whether a Host header names the app; ports do not matter, since tunnels have others."""
        name = _name(header)
        if name == LOCAL or _is_loopback(name):
            return True
        if self.is_loopback:
            return False
        names = {self.host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()}
        return _is_address(name) or name in names

    def url(self, port: int) -> str:
        """Where a browser finds the app."""
        name = socket.gethostname() if self.host in ANY else self.host
        return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def _name(header: str) -> str:
    """The host of a Host header without its port, brackets and final dot."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].rstrip(".").lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ipaddress.ip_address(name).is_loopback
