"""Whether this node can train what it is asked, and would train the same as the study's driver."""

import socket
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError, first_line
from s4mcl_trainables.revision import code_revision

INSTALL = "install the driver's s4mcl there, with the versions of constraints.txt, and start Ray there again"


class UnfitError(InputError):
    """This node cannot train what it is given, whichever trial of the method that is."""


@cache
def refuse_other_code(method: str, revision: str, torch: str) -> None:
    """Look at the code of a method here; once a process, which loads it once.

    Args:
        method: its name.
        revision: of its code, as the driver has it.
        torch: major and minor version that the trials' keys name.

    Raises:
        UnfitError: it is another one here, or torch is.
        InputError: there is no such method here.
        ImportError: nor what it needs.
    """
    here = code_revision(method_named(method).module)
    if here != revision:
        raise UnfitError(
            f"node {socket.gethostname()} has other code of method {method} than the study's driver: revision "
            f"{here[:12]}, {revision[:12]} was asked for.\nCure: {INSTALL}; where the code was edited while the study "
            "runs, the same command goes on with it as it is now"
        )
    try:
        found = ".".join(version("torch").split(".")[:2])
    except PackageNotFoundError as error:
        raise ModuleNotFoundError("No module named 'torch'", name="torch") from error
    if found != torch:
        raise UnfitError(
            f"node {socket.gethostname()} has torch {found}, and the study's driver has {torch}.\nCure: {INSTALL}"
        )


def lacking(error: ImportError, method: str) -> str:
    """What to say where something that a method imports is not there, or cannot be loaded."""
    who = f"node {socket.gethostname()}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        what = f"{who} lacks the module {error.name}, which method {method} needs, for {sys.executable}"
    else:
        what = f"{who} cannot load what method {method} needs: {first_line(error).rstrip('.')}"
    return f"{what}.\nCure: {INSTALL}"
