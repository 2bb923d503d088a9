"""`python -m s4mcl.cli` on a node that is fit, and on those that are not."""

import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

PACKAGES = Path(__file__).parents[3] / "platform"


def module(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "s4mcl.cli", *words]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_it_is_s4mcl() -> None:
    done = module("--help")
    assert done.returncode == 0
    assert " submit " in done.stdout
    assert module("status", "nowhere/demo").returncode == 2


def test_another_python_than_the_clients_is_told() -> None:
    here = ".".join(platform.python_version_tuple()[:2])
    assert module("--help", S4MCL_PYTHON_OF_CLIENT=here).returncode == 0
    done = module("run", "name=demo", S4MCL_PYTHON_OF_CLIENT="3.99")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"s4mcl: node {socket.gethostname()} runs Python {here}, and the study was submitted with Python 3.99.\n"
        f"Cure: submit it with Python {here}, as `ray submit` does, or start Ray there with Python 3.99\n"
    )


def test_a_node_that_lacks_a_package_is_named() -> None:
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(PACKAGES)!r})\n{RUN}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"s4mcl: node {socket.gethostname()} lacks typer, for {sys.executable}.\nCure: ")


RUN = "import runpy; runpy.run_module('s4mcl.cli', run_name='__main__')"
