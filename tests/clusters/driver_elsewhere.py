"""`s4mcl` as it runs on the head of another cluster: a host of another name, whose claims lapse after a few seconds.

python driver_elsewhere.py HOST run KEY=VALUE ...
"""

import socket
import sys

LEASE_SECONDS, RENEW_SECONDS = 5.0, 1.0


def run(host: str) -> None:
    """The command line of this process, from a host of that name."""
    socket.gethostname = lambda: host
    from s4mcl.cli.app import run_app
    from s4mcl.execution import tuner
    from s4mcl.ledger import Ledger

    (Ledger.claim.__kwdefaults__ or {})["lease_seconds"] = LEASE_SECONDS
    Ledger.renew.__defaults__ = (LEASE_SECONDS,)
    tuner.RENEW_SECONDS = RENEW_SECONDS
    run_app()


if __name__ == "__main__":
    run(sys.argv.pop(1))
