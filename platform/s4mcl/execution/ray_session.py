"""The Ray that a run uses: one of its own on this machine, or a cluster that is there already."""

import logging
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from s4mcl.config import StudyConfig
from s4mcl.execution.engine import Engine
from s4mcl.execution.ray_watch import leave_at_once, lost_process, watched
from s4mcl_trainables.problems import InputError, first_line

SETTINGS = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "inf",  # a failing snapshot would abort the run; the ledger is the truth
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # ours ends the run through the stopper
    "TUNE_WARN_THRESHOLD_S": "10",
    "TUNE_RESULT_BUFFER_LENGTH": "1",
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_TRAIN_V2_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing leaves a hospital unasked
}
ANSWER_SECONDS = 10.0
QUIET = {"log_to_driver": False, "logging_level": logging.ERROR}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Node:
    """What one machine of a cluster has for Ray: CPUs, GPUs, bytes of memory; by which address and id it is known."""

    address: str
    cpus: float
    gpus: float
    memory: float
    id: str = ""


def set_environment() -> None:
    """What Ray is told by the environment. It looks at some of that once, when it is imported.

    A study that goes on imports it early, for the schedulers that its early stopping is replayed into: without its
    tokens Ray could then not reach what it starts.
    """
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})


def existing_address(config: StudyConfig) -> str | None:
    """Where the cluster is that the run is to use, `cluster.address` before RAY_ADDRESS; None: a Ray of its own."""
    return config.cluster.address or os.environ.get("RAY_ADDRESS") or None


def existing_nodes(address: str) -> list[Node]:
    """Join the cluster at `address`, unless this process has already, and tell the machines that live there.

    Raises:
        InputError: none answers, it asks for another token, or it has another version of Ray or Python.
    """
    set_environment()
    import ray  # noqa: PLC0415  # seconds; it looks at the environment

    if not ray.is_initialized():
        _joined(address)
    return live_nodes()


def live_nodes() -> list[Node]:
    """The machines of the cluster that this process has joined."""
    import ray  # noqa: PLC0415

    found = []
    for node in ray.nodes():
        has = node["Resources"]
        if node["Alive"]:
            cpus, gpus, memory = (float(has.get(kind, 0)) for kind in ("CPU", "GPU", "memory"))
            found.append(Node(node["NodeManagerAddress"], cpus, gpus, memory, node["NodeID"]))
    return found


def draining_nodes() -> list[str]:
    """The ids of the machines that Ray was told are about to go; none while its GCS does not answer."""
    import ray  # noqa: PLC0415

    try:
        return [str(node) for node in ray._private.worker.global_worker.gcs_client.get_draining_nodes(timeout=2)]
    except Exception:  # of any kind: the next look may have an answer, and `ray_watch` tells of a GCS that is gone
        logger.debug("no answer to which nodes are draining", exc_info=True)
        return []


@contextmanager
def ray_session(config: StudyConfig, engine: Engine) -> Iterator[None]:
    """The Ray of this run; its death stops the engine.

    It is one of its own, unless a cluster is named (`existing_address`), or this process is connected already.

    Raises:
        InputError: it could not be started, or not be joined.
    """
    import ray  # noqa: PLC0415

    address = existing_address(config)
    if ray.is_initialized() and address is None:
        with watched(engine, lost_process, lambda: None):  # a process that is not this run's alone
            yield
        return
    if not ray.is_initialized():
        if address is not None:
            _joined(address)
        else:
            _started(config)
    with watched(engine, lost_process, lambda: leave_at_once(engine, f"{config.storage}/{config.name}")) as ending:
        try:
            yield
        finally:
            ending()
            ray.shutdown()


def _started(config: StudyConfig) -> None:
    import ray  # noqa: PLC0415

    _have_token()
    cluster = config.cluster
    own = {"num_cpus": cluster.num_cpus, "num_gpus": cluster.num_gpus, "include_dashboard": False}
    try:
        ray.init(address="local", **own, **QUIET)  # "local": another Ray on this machine is not ours
    except Exception as error:  # of any kind, after up to a minute: a process of Ray's has died, or none answers
        cure = "the same command goes on; if it does not help, see the logs of Ray's latest session"
        raise InputError(f"Ray could not be started: {first_line(error)}\nCure: {cure}") from error


def _joined(address: str) -> None:
    import ray  # noqa: PLC0415

    place = "the Ray cluster of this machine" if address == "auto" else f"the Ray cluster at {address}"
    said: list[str] = []
    try:
        _require_an_answer(address)
        with _caught_stderr(said):
            ray.init(address=address, **QUIET)
    except Exception as error:
        why = _why(error, "".join(said))
        raise InputError(f"{place} could not be joined: {why}\nCure: {_cure(why)}") from error


def _why(error: Exception, said: str) -> str:
    """What kept this process out; of a refused token Ray's error says nothing."""
    if "InvalidAuthToken" in said:
        return f"the token of {socket.gethostname()} is not the cluster's"
    if "no authentication token was found" in str(error):
        return f"it asks for a token, and there is none on {socket.gethostname()}"
    return " ".join(str(error).split()) if "version mismatch" in str(error).lower() else first_line(error)


@contextmanager
def _caught_stderr(said: list[str]) -> Iterator[None]:
    """Keep what this process writes to its standard error, Ray's own library included, which says why at each try."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, ValueError):  # there is none
        yield
        return
    try:
        with tempfile.TemporaryFile() as file:
            os.dup2(file.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                file.seek(0)
                said.append(file.read().decode(errors="replace"))
    finally:
        os.close(kept)


def _require_an_answer(address: str) -> None:
    """Raise an OSError where nobody listens: Ray itself would try for many minutes."""
    if address.startswith("ray://"):
        raise OSError("a study does not run through Ray's client")
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal():
        with socket.create_connection((host, int(port)), ANSWER_SECONDS):
            pass


def _cure(text: str) -> str:
    """What to do about Ray's refusal, by what it says."""
    lowered = text.lower()
    if "ray's client" in lowered:
        return "run it on a node of the cluster with cluster.address=auto, or send it there with s4mcl submit"
    if "version mismatch" in lowered:
        return (
            "install the versions of Ray and Python that the cluster has into this environment, or the other way round"
        )
    if "token" in lowered or "unauthenticated" in lowered:
        return "give the cluster's token: RAY_AUTH_TOKEN, or the file ~/.ray/auth_token of its head"
    start = "start one (ray up, or ray start --head) and run this on one of its nodes"
    return f"{start}, or leave cluster.address and RAY_ADDRESS out to train on this machine alone"


def _have_token() -> None:
    """Ray makes its token in the home folder. Where that cannot be written, the run has a token of its own."""
    known = {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys()
    if not known and not (Path.home() / ".ray/auth_token").exists() and not os.access(Path.home(), os.W_OK):
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
