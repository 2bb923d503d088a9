"""Figures as the browser fetches them: by what they hold, so that each is sent once."""

import gzip
import hashlib
import threading
from collections import OrderedDict

MOST = 128 * 2**20  # bytes of compressed figures


class KeptFigures:
    """JSON texts by their hash, compressed once; the oldest go first when there are too many."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, text: str) -> str:
        """Keep a figure; return its hash."""
        plain = text.encode()
        name = hashlib.sha256(plain).hexdigest()[:32]
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return name
        packed = gzip.compress(plain, 5)
        with self._lock:
            if name not in self._kept:
                self._size += len(packed)
            self._kept[name] = packed
            while self._size > self._most and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self._size -= len(old)
        return name

    def get(self, name: str) -> bytes | None:
        """The compressed JSON of a hash; None where it is not kept."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)
