"""Chunks of work over several processes, a thread each."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from s4mcl_trainables.problems import InputError

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
WORTH = 3.0  # seconds of work that pay for starting processes


def available_cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_chunks(
    function: Callable[[Chunk], Result], chunks: Sequence[Chunk], workers: int, take: Callable[[Chunk, Result], None]
) -> None:
    """Hand every chunk with its result to `take`, in this process, in the order in which they end.

    Work starts in this process, and moves to workers when the rest of it is worth their start. When this function
    ends, in whatever way, no worker runs any more.

    Raises:
        InputError: a worker process died.
    """
    begin = time.perf_counter()
    for position, chunk in enumerate(chunks):
        if workers > 1 and position and _rest(begin, position, len(chunks)) > WORTH:
            _run_pool(function, chunks[position:], workers, take)
            return
        take(chunk, function(chunk))


def _rest(begin: float, done: int, total: int) -> float:
    """Seconds that the remaining chunks take at the speed so far."""
    return (time.perf_counter() - begin) / done * (total - done)


def _run_pool(
    function: Callable[[Chunk], Result], chunks: Sequence[Chunk], workers: int, take: Callable[[Chunk, Result], None]
) -> None:
    """Processes start afresh: no fork, so that no thread or lock of this one is copied."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(chunks)), mp_context=context, initializer=_begin_worker)
    try:
        futures: dict[Future[Result], Chunk] = {pool.submit(function, chunk): chunk for chunk in chunks}
        for future in as_completed(futures):
            take(futures.pop(future), future.result())
    except BrokenProcessPool as error:
        cure = "fewer workers need less memory: --workers 1, which also shows whether one file ends the process"
        text = "a worker process died, most likely for want of memory; nothing was written"
        raise InputError(f"{text}.\nCure: {cure}") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, which ends its workers itself; end when it is gone, even by SIGKILL."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
