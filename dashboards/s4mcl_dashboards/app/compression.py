"""Answers as gzip, where the client takes it; what never changes is compressed once."""

import gzip
import threading

from flask import Flask, Response, request

LEAST = 1000  # bytes that are worth it
KINDS = ("text/", "application/json", "application/javascript", "image/svg+xml")
LASTING = "/_dash-component-suites/"  # addresses with a fingerprint in them


class Compression:
    """Compresses the answers of a server."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def install(self, server: Flask) -> None:
        """From now on."""
        server.after_request(self.compressed)

    def compressed(self, response: Response) -> Response:
        """The response, smaller where that is possible."""
        if not self._fits(response):
            return response
        response.direct_passthrough = False
        data = response.get_data()
        if len(data) < LEAST:
            return response
        response.set_data(self._packed(data))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        return response

    def _fits(self, response: Response) -> bool:
        wanted = request.accept_encodings.quality("gzip") > 0 and response.status_code == 200
        return wanted and "Content-Encoding" not in response.headers and str(response.mimetype).startswith(KINDS)

    def _packed(self, data: bytes) -> bytes:
        if not request.path.startswith(LASTING):
            return gzip.compress(data, 4)
        with self._lock:  # one at a time: a browser asks for all of them at once
            if request.full_path not in self._kept:
                self._kept[request.full_path] = gzip.compress(data, 6)
            return self._kept[request.full_path]
