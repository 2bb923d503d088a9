"""The command line as `python -m s4mcl.cli`: what a job on a cluster is started with.

A node that is not fit for it is told in one message that names the node; nothing of ours is imported before.
"""

from __future__ import annotations  # so that an old Python comes as far as the message

import os
import platform
import socket
import sys

OURS = ("s4mcl", "s4mcl_trainables", "s4mcl_dashboards")


def another_python(wanted: str | None) -> str | None:
    """What to say where the study was submitted from another version of Python, as 3.11; None where it was not."""
    here = ".".join(platform.python_version_tuple()[:2])
    if wanted is None or wanted == here:
        return None
    return (
        f"node {socket.gethostname()} runs Python {here}, and the study was submitted with Python {wanted}.\n"
        f"Cure: submit it with Python {here}, as `ray submit` does, or start Ray there with Python {wanted}"
    )


def missing(package: str) -> str:
    """What to say where something that s4mcl requires is not installed."""
    return (
        f"node {socket.gethostname()} lacks {package}, for {sys.executable}.\n"
        "Cure: install s4mcl with its requirements there, and start Ray with that environment first on the PATH"
    )


def main() -> None:
    """Run the command line; exit status 2 on a node that is not fit."""
    refused = another_python(os.environ.get("S4MCL_PYTHON_OF_CLIENT"))
    if refused is None:
        sys.argv[0] = "s4mcl"  # what the ledger shows
        try:
            from s4mcl.cli.app import run_app

            run_app()
            return
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if not package or package in OURS:
                raise
            refused = missing(package)
    print(f"s4mcl: {refused}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
