"""Live apps in threads of this process, and in processes that can be killed."""

import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

from s4mcl_dashboards.app.serving import Serving, serving

COMMAND = Path(sys.executable).parent / "s4mcl"
SECONDS = 60.0


class LiveApps:
    """Starts apps, and ends them all."""

    def __init__(self) -> None:
        self._running: list[tuple[Serving, threading.Thread]] = []

    def __call__(self, path: Path, **options: object) -> str:
        """The address at which an app over a storage or a study folder answers, without a slash at its end."""
        app = serving(path, port=0, **options)  # type: ignore[arg-type]
        thread = threading.Thread(target=_answer, args=(app,), daemon=True)
        thread.start()
        self._running.append((app, thread))
        return app.url.rstrip("/")

    def close(self) -> None:
        """End them."""
        for app, thread in self._running:
            app.close()
            thread.join(10)


def _answer(app: Serving) -> None:
    with suppress(OSError):  # closed by another thread while it waits
        app.run()


class AppProcess:
    """`s4mcl dashboard` as a person runs it."""

    def __init__(self, storage: Path, port: int = 0) -> None:
        words = [str(COMMAND), "dashboard", str(storage), "--port", str(port)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip().rstrip("/")
        self.port = int(self.url.rpartition(":")[2])
        answering(self.url)

    def kill(self) -> None:
        """End it as a power failure would."""
        self._process.kill()
        self._process.wait()


def answering(url: str) -> None:
    """Wait until something answers at an address."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except URLError:
            assert time.monotonic() < until, f"{url} does not answer"
            time.sleep(0.1)
