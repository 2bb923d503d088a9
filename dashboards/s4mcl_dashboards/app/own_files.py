"""The app's own scripts and styles, and Plotly's: compressed once, under addresses that change with what they hold."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flask import Flask, Response, abort

from s4mcl_dashboards.plotly_script import plotly_script

PREFIX = "/own"
PLOTLY = "plotly.js"  # large: it is run when the first figure comes
EAGER = "//# allFunctionsCalledOnLoad\n"  # Chromium compiles it while it is fetched, beside what runs meanwhile
SCRIPTS = ("drawings.js", "tables.js", "live.js")  # in the order in which they run
STYLES = ("report.css", "app.css")
KINDS = {"js": "text/javascript", "css": "text/css"}
FOREVER = "private, max-age=31536000, immutable"


@dataclass(frozen=True)
class OwnFile:
    """A file as it is sent."""

    packed: bytes
    mark: str
    kind: str


@cache
def own_files() -> dict[str, OwnFile]:
    """All files by name."""
    return {name: _packed(name, _text(name)) for name in (PLOTLY, *SCRIPTS, *STYLES)}


def addresses(names: tuple[str, ...]) -> list[str]:
    """Where these files are fetched."""
    return [f"{PREFIX}/{own_files()[name].mark}/{name}" for name in names]


def serve_own_files(server: Flask) -> None:
    """Send the files. Every browser of the last ten years takes gzip."""

    @server.get(f"{PREFIX}/<mark>/<name>")
    def own(mark: str, name: str) -> Response:
        found = own_files().get(name)
        if found is None or found.mark != mark:
            abort(404)
        headers = {"Content-Encoding": "gzip", "Cache-Control": FOREVER}
        return Response(found.packed, mimetype=found.kind, headers=headers)


def _text(name: str) -> str:
    if name == PLOTLY:
        return EAGER + plotly_script()
    package = resources.files("s4mcl_dashboards")
    folders = (package / "app" / "static", package / "templates")
    return next(folder / name for folder in folders if (folder / name).is_file()).read_text(encoding="utf-8")


def _packed(name: str, text: str) -> OwnFile:
    data = text.encode()
    return OwnFile(gzip.compress(data, 6), hashlib.sha256(data).hexdigest()[:12], KINDS[name.rpartition(".")[2]])
