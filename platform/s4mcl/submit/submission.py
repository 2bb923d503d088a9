"""From the words of a command line to a study that runs as a job of a cluster."""

import platform
import re
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from s4mcl.config import StudyConfig, compose_study
from s4mcl.config.search_path import options, own_folder
from s4mcl.execution.provenance import git_commit
from s4mcl.submit.job_server import JobServer
from s4mcl.submit.method_wheels import environment_of, method_wheels, trained_methods
from s4mcl.submit.wheel import build_wheel
from s4mcl_trainables.problems import InputError

STOP_SECONDS = 120  # how long a study that is stopped may take to end in order; Ray's default is 3
PYTHON_OF_CLIENT = "S4MCL_PYTHON_OF_CLIENT"  # looked at by s4mcl.cli.__main__
EXISTING = "existing"  # the group cluster's option for a Ray that is there
JOB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True)
class Submitted:
    """A study's job, as the cluster knows it."""

    job: str
    study: str
    study_dir: str


@dataclass(frozen=True)
class Wanted:
    """A study that is fit to be submitted: its configuration, and the words for `s4mcl run`."""

    config: StudyConfig
    words: list[str]


def wanted(overrides: Sequence[str]) -> Wanted:
    """What the words ask for; on a cluster that exists, unless they choose one.

    Raises:
        InputError: the configuration is refused.
    """
    chosen = any(word.partition("=")[0].strip().lstrip("+") == "cluster" for word in overrides)
    known = EXISTING in options("cluster", [own_folder()])
    words = [f"cluster={EXISTING}", *overrides] if known and not chosen else [*overrides]
    return Wanted(compose_study(words), words)


def submit_study(server: JobServer, study: Wanted, job: str | None = None) -> Submitted:
    """Upload this project's wheel, and those of methods from elsewhere, and start `s4mcl run` as a job.

    Args:
        server: of the cluster.
        study: what to run.
        job: the name of the job, None for one that is made of the study's.

    Raises:
        InputError: the name cannot be used, the wheel not be built, or the cluster refuses.
    """
    name, storage = study.config.name, study.config.storage
    job = job or f"s4mcl-{'-'.join(re.findall('[A-Za-z0-9]+', name)) or 'study'}-{secrets.token_hex(3)}"
    if not JOB_NAME.fullmatch(job):
        raise InputError(f"--name-of-job: {job!r} is none.\nCure: use letters, digits, points, hyphens and underscores")
    metadata = {
        "study": name,
        "study_dir": f"{storage.rstrip('/')}/{name}",
        "commit": git_commit() or "unknown",
        "s4mcl": version("s4mcl"),
    }
    environment = {PYTHON_OF_CLIENT: python_version(), "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS)}
    methods = trained_methods(study.config)
    environment |= environment_of(methods)
    with TemporaryDirectory() as folder:
        wheels = [build_wheel(Path(folder)), *method_wheels(methods, Path(folder))]
        runtime_env = {"py_modules": [str(wheel) for wheel in wheels], "env_vars": environment}
        server.submit(job, on_the_head("s4mcl.cli", "run", *study.words), runtime_env, metadata)
    return Submitted(job, name, metadata["study_dir"])


def submitted(server: JobServer, job: str) -> Submitted:
    """A job that `submit_study` started, now or earlier.

    Raises:
        InputError: there is none of this name, or it is no study's.
    """
    found = server.details(job).metadata or {}
    if "study" not in found or "study_dir" not in found:
        raise InputError(f"job {job} was not started by s4mcl submit.\nCure: ray job logs --follow {job} follows it")
    return Submitted(job, found["study"], found["study_dir"])


def python_version() -> str:
    """3.11, of this process."""
    return ".".join(platform.python_version_tuple()[:2])


def on_the_head(module: str, *words: str) -> str:
    """A job's command line: a module of ours, in the home folder there, so that relative paths mean one place."""
    return f"cd && exec python -m {module} {shlex.join(words)}"
