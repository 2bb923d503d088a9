"""An S3 server that refuses when it is told to: each request is then answered with 403 and a code of Amazon's."""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from s3_server import BUCKET, S3Server


class Refusals:
    """What is refused.

    Attributes:
        code: None: nothing is.
        after: answered requests from which on `code` counts, as when a session expires.
    """

    def __init__(self) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app

        self.code: str | None = None
        self.after = 0
        self._inner = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        self.after -= 1
        if self.code is None or self.after >= 0:
            found: Iterable[bytes] = self._inner(environ, start)
            return found
        body = f"<Error><Code>{self.code}</Code><Message>it says {self.code}</Message></Error>".encode()
        start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


@contextmanager
def refusing_s3() -> Iterator[tuple[S3Server, Refusals]]:
    """Serve on loopback while the block runs."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request otherwise
    refusals = Refusals()
    server = make_server("127.0.0.1", 0, refusals, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        made = S3Server("127.0.0.1", server.server_port)
        made.client().create_bucket(Bucket=BUCKET)
        yield made, refusals
    finally:
        server.shutdown()
        thread.join()
