"""Whether this node can train what it is asked, and would train the same as the study's driver."""

import socket
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from s4mcl_trainables.methods import method_named, method_names
from s4mcl_trainables.methods.registry import KIND
from s4mcl_trainables.problems import InputError, first_line
from s4mcl_trainables.revision import code_revision

INSTALL = "install the driver's s4mcl there, with the versions of constraints.txt, and start Ray there again"


class UnfitError(InputError):
    """This node cannot train what it is given, whichever trial of the method that is."""


@cache
def refuse_other_code(method: str, revision: str, torch: str, origin: str = "") -> None:
    """Look at the code of a method here; once a process, which loads it once.

    Args:
        method: its name.
        revision: of its code, as the driver has it.
        torch: major and minor version that the trials' keys name.
        origin: who registers the method on the driver: a distribution, or S4MCL_METHODS; empty for one of s4mcl's own.

    Raises:
        UnfitError: it is another one here, or torch is; or nothing here registers the method.
        InputError: what registers the method here is broken.
        ImportError: nor what it needs.
    """
    if method not in method_names():
        raise UnfitError(_unregistered(method, origin))
    here = code_revision(method_named(method).module)
    if here != revision:
        raise UnfitError(
            f"node {socket.gethostname()} has other code of method {method} than the study's driver: revision "
            f"{here[:12]}, {revision[:12]} was asked for.\nCure: {_install(origin)}; where the code was edited "
            "while the study runs, the same command goes on with it as it is now"
        )
    try:
        found = ".".join(version("torch").split(".")[:2])
    except PackageNotFoundError as error:
        raise ModuleNotFoundError("No module named 'torch'", name="torch") from error
    if found != torch:
        raise UnfitError(
            f"node {socket.gethostname()} has torch {found}, and the study's driver has {torch}.\nCure: {INSTALL}"
        )


def _unregistered(method: str, origin: str) -> str:
    who = f"node {socket.gethostname()} has no method {method}"
    if origin == KIND.variable:
        cure = f"put its module on PYTHONPATH there, set {KIND.variable} as on the driver, and start Ray there again"
        return f"{who}, which {origin} names on the study's driver.\nCure: {cure}"
    return f"{who}, which {origin or 's4mcl'} has on the study's driver.\nCure: {_install(origin)}"


def _install(origin: str) -> str:
    return INSTALL.replace("the driver's s4mcl", f"the driver's s4mcl and {origin}") if origin else INSTALL


def lacking(error: ImportError, method: str) -> str:
    """What to say where something that a method imports is not there, or cannot be loaded."""
    who = f"node {socket.gethostname()}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        what = f"{who} lacks the module {error.name}, which method {method} needs, for {sys.executable}"
    else:
        what = f"{who} cannot load what method {method} needs: {first_line(error).rstrip('.')}"
    return f"{what}.\nCure: {INSTALL}"
