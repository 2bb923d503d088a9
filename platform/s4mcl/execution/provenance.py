"""Who made a trial's numbers: the code, the packages, the machine."""

import json
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from s4mcl_trainables.methods.registry import plugin_of
from s4mcl_trainables.numerics import Profile

PACKAGES = ("s4mcl", "torch", "ray", "optuna", "hydra-core", "polars", "plotly", "numpy", "sqlalchemy")
JOB = "RAY_JOB_CONFIG_JSON_ENV_VAR"  # with the metadata of the job that Ray runs
PLAIN = re.compile(r"[\w@%+=:,./~-]+", re.ASCII)  # a word that every shell takes as it stands


def provenance(profile: Profile, command: list[str], methods: Sequence[str] = ()) -> dict[str, Any]:
    """Plain values for the ledger: commit, command, versions, machine, device. No path of a home folder is in it.

    Versions are those of our packages, and of the distributions that register any of the methods.
    """
    return {
        "command": shell_line(command),
        "commit": git_commit() or submitted_commit() or "unknown",
        "python": platform.python_version(),
        "versions": {**package_versions(), **_foreign_versions(methods)},
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "processor": _processor(),
            "device": profile.device,
            "precision": profile.precision,
            "threads": profile.threads,
        },
    }


@cache
def package_versions() -> dict[str, str]:
    """Installed versions of what makes the numbers and the pages."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _foreign_versions(methods: Sequence[str]) -> dict[str, str]:
    names = {plugin.distribution for plugin in map(plugin_of, methods) if plugin is not None}
    return {name: version(name) for name in sorted(names - {""})}


@cache
def git_commit() -> str | None:
    """The commit of the checkout that this package runs from, with a mark where files differ; None elsewhere."""
    here = Path(__file__).parent
    try:
        top = _git(here, "rev-parse", "--show-toplevel")
        if not Path(top, "pyproject.toml").is_file() or not here.is_relative_to(top):
            return None
        commit = _git(here, "rev-parse", "--short=12", "HEAD")
        return f"{commit} with changes" if _git(here, "status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.CalledProcessError):
        return None


def submitted_commit() -> str | None:
    """The commit that `s4mcl submit` took the code from, where this process is a job of Ray's; None elsewhere."""
    try:
        commit = json.loads(os.environ[JOB])["metadata"]["commit"]
    except (KeyError, ValueError, TypeError):
        return None
    return str(commit) if commit and commit != "unknown" else None


def shell_line(words: list[str]) -> str:
    """The words as a shell takes them, quoted where they must be; ~ stays open to its home folder."""
    return " ".join(word if PLAIN.fullmatch(word) else shlex.quote(word) for word in words)


def this_command() -> list[str]:
    """The command line, the program by its name alone and the home folder as ~."""
    return [Path(sys.argv[0]).name, *without_home(sys.argv[1:])]


def without_home(words: Sequence[str]) -> list[str]:
    """The words with the home folder as ~."""
    home = str(Path.home())
    return [*words] if home == "/" else [word.replace(f"{home}/", "~/") for word in words]


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
