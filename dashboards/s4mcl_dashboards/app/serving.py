"""Runs the live app."""

import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from waitress.server import create_server
from waitress.wasyncore import close_all

from s4mcl.ledger.sqlite import FILE_NAME
from s4mcl.ledger.storage import URL_NAME
from s4mcl_dashboards.app.application import make_server
from s4mcl_dashboards.app.gallery import Gallery
from s4mcl_dashboards.app.guard import TOKEN, Guard
from s4mcl_dashboards.app.hosts import Hosts
from s4mcl_dashboards.app.kept_figures import KeptFigures
from s4mcl_dashboards.app.library import Library
from s4mcl_dashboards.app.listening import listening
from s4mcl_dashboards.app.pages.links import study_place
from s4mcl_dashboards.app.place import Place
from s4mcl_trainables.problems import InputError

THREADS = 12  # requests answered at once; a first look at a page holds one for a second or two


@dataclass(frozen=True)
class Serving:
    """A live app that is ready: where it is found, what a person should know, and a call that answers until Ctrl-C."""

    url: str
    notes: tuple[str, ...]
    run: Callable[[], None]
    close: Callable[[], None]


def serving(path: Path, *, host: str = "127.0.0.1", port: int | None = None, asks_token: bool = False) -> Serving:
    """An app over the storage that `path` is, or over the storage of the study folder that it is.

    Args:
        path: a storage, whose ledger may come later, or a study folder.
        host: what to listen on; anything but this machine alone asks for a token.
        port: None: the next free one from 8050 on.
        asks_token: whether a token is asked for on this machine too.

    Raises:
        InputError: there is no such folder, or the host or port cannot be listened on.
    """
    storage, place = _asked(path)
    hosts = Hosts(host)
    bound = listening(host, port)
    found_port = bound.getsockname()[1]
    token = secrets.token_urlsafe(32) if asks_token or not hosts.is_loopback else None
    gallery = Gallery(Library(storage), KeptFigures())
    guard = Guard(hosts, token, found_port)
    server = make_server(gallery, guard)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue is no news: browsers ask again
    channels: dict[int, object] = {}
    wsgi = create_server(server, map=channels, sockets=[bound], threads=THREADS, ident=NAME)

    def close() -> None:
        wsgi.task_dispatcher.shutdown()  # what is being answered is answered first
        close_all(channels, ignore_all=True)
        gallery.close()

    with suppress(Exception):  # what goes wrong is told to whoever looks at the page
        gallery.page(place, 0.0)  # begun here, so that it is there when the browser is
    mark = "?" if "?" not in place.url else "&"
    address = f"{hosts.url(found_port)}{place.url}{'' if token is None else f'{mark}{TOKEN}={token}'}"
    return Serving(address, tuple(_notes(hosts, gallery.library)), wsgi.run, close)


NAME = "s4mcl"


def _asked(path: Path) -> tuple[Path, Place]:
    """The storage, and what is shown first. The ledger is not opened: that could migrate it."""
    absolute = path.absolute()
    if not absolute.is_dir() and not _has_ledger(absolute.parent):
        raise InputError(f"{absolute} is no folder.\nCure: name a storage, or a study folder as <storage>/<name>")
    if not _has_ledger(absolute) and _has_ledger(absolute.parent):
        return absolute.parent, study_place(absolute.name)
    return absolute, Place()


def _has_ledger(folder: Path) -> bool:
    return any((folder / name).exists() for name in (FILE_NAME, URL_NAME))


def _notes(hosts: Hosts, library: Library) -> list[str]:
    notes = []
    if not hosts.is_loopback:
        notes.append(
            "Whoever has this address can see the studies and stop them. It is not encrypted on its way: in a network "
            "that others share, leave --host out and use a tunnel (ssh -L 8050:localhost:8050 MACHINE)."
        )
    try:
        library.ledger()
    except InputError as error:
        notes.append(f"The app shows this until it is mended: {error}")
    return notes
