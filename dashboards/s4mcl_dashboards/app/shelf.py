"""Values that are dear to make, made once for everybody who asks."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
BRIEF = 0.1  # seconds that somebody who could have an old value waits for a new one
OVERDUE = 20.0  # seconds after which it is told that a new value does not come, unless the old one took long too


class UnreadyError(Exception):
    """The value is being made for the first time and takes longer than was waited for."""


class OverdueError(Exception):
    """There is an old value, but a new one has been waited for too long."""


@dataclass(eq=False)
class _Slot(Generic[V]):
    value: V | None = None
    error: Exception | None = None
    job: Future[None] | None = None
    rests_until: float = 0.0
    begun: float = 0.0
    took: float = 0.0


class Shelf(Generic[K, V]):
    """Hands values out by key. Threads of its own make them; whoever asks meanwhile gets the old one.

    A value is looked at again when it is asked for and has rested, which is `rest` seconds, or `share` times what the
    last making took: a study that is dear to read and always has news does not keep the machine busy.
    """

    def __init__(
        self, make: Callable[[K, V | None], V], *, most: int, rest: float = 1.0, share: float = 3.0, threads: int = 2
    ) -> None:
        """`make` gets the key and the old value, which it may return again; at `most` so many are kept."""
        self._make, self._most, self._rest, self._share = make, most, rest, share
        self._slots: OrderedDict[K, _Slot[V]] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="shelf")

    def get(self, key: K, patience: float) -> V:
        """The value of a key, at most a moment old where it is quickly made.

        Raises:
            UnreadyError: there is none yet after `patience` seconds.
            OverdueError: a new one has been in the making for much longer than the old one took.
            Exception: what `make` raised when the value was last looked at.
        """
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            if slot.job is None and time.monotonic() >= slot.rests_until:
                slot.begun = time.monotonic()
                slot.job = self._pool.submit(self._fill, key, slot)
            job, first = slot.job, slot.value is None and slot.error is None
            self._forget()
        if job is not None:
            wait([job], patience if first else min(BRIEF, patience))
        if slot.error is not None:
            raise slot.error.with_traceback(None)
        if slot.value is None:
            raise UnreadyError
        if slot.job is not None and time.monotonic() - slot.begun > max(OVERDUE, 5 * slot.took):
            raise OverdueError
        return slot.value

    def held(self, key: K) -> V | None:
        """The value as it was made last, without looking at it again; None where there is none."""
        with self._lock:
            slot = self._slots.get(key)
        return None if slot is None else slot.value

    def look_again(self, concerns: Callable[[K], bool]) -> None:
        """Let the next request look at the values of some keys, however lately they were made."""
        with self._lock:
            for key, slot in self._slots.items():
                if concerns(key):
                    slot.rests_until = 0.0

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fill(self, key: K, slot: _Slot[V]) -> None:
        begun = time.monotonic()
        try:
            slot.value, slot.error = self._make(key, slot.value), None
        except Exception as error:  # whoever asks is told
            slot.error = error
        ended = time.monotonic()
        with self._lock:
            slot.took = ended - begun
            slot.rests_until = ended + max(self._rest, self._share * slot.took)
            slot.job = None

    def _forget(self) -> None:
        """Drop what was not asked for longest."""
        idle = [key for key, slot in self._slots.items() if slot.job is None]
        for key in idle[: max(0, len(self._slots) - self._most)]:
            del self._slots[key]
