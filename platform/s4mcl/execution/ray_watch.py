"""Ray's own processes on this host: when one of them dies, the run ends in order, or at least at once.

Without its raylet a driver waits for workers that never come, and without its GCS it is stuck in Ray's calls for a
minute until Ray ends the process without a word. Workers die with their raylet: that is no failure of their trials.
"""

import errno
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from s4mcl.execution.engine import Engine

LOOK_SECONDS = 1.0
ORDERLY_SECONDS = 10.0  # for Tune and Ray to end in order; then the process leaves
STATUS = 2

logger = logging.getLogger(__name__)


@contextmanager
def watched(
    engine: Engine, lost: Callable[[], str | None], leave: Callable[[], None], *, orderly: float = ORDERLY_SECONDS
) -> Iterator[Callable[[], None]]:
    """Stop the engine when Ray dies while the block runs.

    Args:
        engine: begins nothing more then.
        lost: names what has died, None while all live.
        leave: called when the block has not ended `orderly` seconds after that.

    Yields:
        To be called before Ray is shut down: what dies from then on has been ended in order.
    """
    ending, done = threading.Event(), threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            gone = lost()
            if ending.is_set():
                return
            if gone is not None:
                engine.stop(gone)
                if not done.wait(orderly):
                    leave()
                return

    thread = threading.Thread(target=watch, name="ray-watch", daemon=True)
    thread.start()
    try:
        yield ending.set
    finally:
        done.set()
        thread.join()


def lost_process(patience: float = 0.0) -> str | None:
    """Which of the processes that this driver cannot do without has died, in words; None while all live.

    Args:
        patience: seconds to look again, for whoever has just seen a worker die: its raylet may be about to be gone.
    """
    until = time.monotonic() + patience
    while (found := _lost()) is None and time.monotonic() < until:
        time.sleep(0.05)
    return found


def leave_at_once(engine: Engine, study_dir: str) -> None:
    """End this process, whose main thread Ray does not give back. The next driver takes over what it had claimed."""
    text = f"the study stopped: {engine.stop_reason}"
    logger.error(text)
    sys.stderr.write(f"s4mcl: {text}\nthe same command goes on with {study_dir}\n")
    sys.stderr.flush()
    for _, process in _own_processes():
        with suppress(OSError):
            process.kill()
    os._exit(STATUS)


def _lost() -> str | None:
    for kind, process in _own_processes():
        if process.poll() is not None:
            return f"Ray's {kind} (process {process.pid}) died"
    node = _node()
    if node is not None and not node.all_processes and _is_refused(node.raylet_socket_name):
        return f"the raylet of this host died (it does not answer at {node.raylet_socket_name})"
    return None


def _own_processes() -> list[tuple[str, Any]]:
    """The processes of a local Ray that this driver has started, each as a Popen."""
    processes = _node().all_processes if _node() is not None else {}
    return [(kind, info.process) for kind in ("gcs_server", "raylet") for info in processes.get(kind, ())]


def _node() -> Any:
    ray = sys.modules.get("ray")
    return None if ray is None else ray._private.worker._global_node


def _is_refused(path: str) -> bool:
    """Whether nobody listens at a socket of this host. One that is merely busy does not refuse."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        return client.connect_ex(path) in (errno.ECONNREFUSED, errno.ENOENT)
