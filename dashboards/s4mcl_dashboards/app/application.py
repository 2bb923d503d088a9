"""The Dash application: one callback that shows the page of an address, and the figures that the page fetches."""

import logging

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Flask, Response, abort

from s4mcl_dashboards.app.compression import Compression
from s4mcl_dashboards.app.gallery import Gallery
from s4mcl_dashboards.app.guard import CSRF_HEADER, Guard
from s4mcl_dashboards.app.live import Live
from s4mcl_dashboards.app.own_files import FOREVER, PLOTLY, SCRIPTS, STYLES, addresses, serve_own_files
from s4mcl_dashboards.app.place import Place
from s4mcl_dashboards.app.shelf import OverdueError, UnreadyError
from s4mcl_dashboards.app.stopping import let_stop
from s4mcl_trainables.problems import InputError

logger = logging.getLogger(__name__)

EVERY = 2000  # milliseconds between two looks for news
PATIENCE = 0.5  # seconds that a first look waits for its page; the script asks again a little later than that
OVERDUE = "The ledger has not answered for a while: what stands here is from before. It goes on by itself."
LARGEST = 2**20  # bytes of a request
NAME = "s4mcl"
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" href="data:,">
{%css%}
<link rel="preload" as="script" id="plotly" href="{plotly}">
</head>
<body>
<p class="deaf" role="alert" hidden></p>
<noscript><p>This app needs JavaScript.</p></noscript>
{%app_entry%}
<dialog id="confirmation" aria-labelledby="question"><p id="question"></p><form method="dialog">
<button value="" autofocus>No</button><button value="yes" class="stop">Stop</button></form></dialog>
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>"""

Answer = tuple[object, object, object, object]


def make_server(gallery: Gallery, guard: Guard) -> Flask:
    """The WSGI application."""
    server = Flask("s4mcl_dashboards.app", static_folder=None)
    server.config["MAX_CONTENT_LENGTH"] = LARGEST
    serve_own_files(server)
    _serve_figures(server, gallery)
    let_stop(server, gallery, guard.hosts)
    app = Dash(
        NAME,
        server=server,  # type: ignore[arg-type]  # what it takes, and what Dash says that it takes
        serve_locally=True,
        assets_folder="",
        include_assets_files=False,
        index_string=INDEX.replace("{plotly}", addresses((PLOTLY,))[0]),
        title=NAME,
        update_title="",
        external_scripts=addresses(SCRIPTS),
        external_stylesheets=addresses(STYLES),
        meta_tags=[
            {"name": "viewport", "content": "width=device-width, initial-scale=1"},
            {"name": "color-scheme", "content": "light dark"},
        ],
        csrf_token_name=guard.csrf_name,
        csrf_header_name=CSRF_HEADER,
        enable_mcp=False,
        add_log_handler=False,
    )
    app.layout = _layout()
    _show(app, gallery)
    guard.install(server, [*app.csp_hashes()])
    Compression().install(server)
    return server


def _layout() -> html.Div:
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Interval(id="tick", interval=EVERY),
            dcc.Store(id="held", data=["", ""]),
            html.Div(id="problem", role="alert"),
            html.Main(Live("live")),
        ]
    )


def _show(app: Dash, gallery: Gallery) -> None:
    @app.callback(
        Output("live", "html"),
        Output("live", "title"),
        Output("problem", "children"),
        Output("held", "data"),
        Input("tick", "n_intervals"),
        Input("url", "pathname"),
        Input("url", "search"),
        State("held", "data"),
    )
    def show(_ticks: int, pathname: str | None, search: str | None, held: list[str]) -> Answer:
        """Only what changed: nothing is sent to somebody who holds the page as it is."""
        answered = answer(gallery, Place.read(pathname, search), held)
        if answered is None:
            raise PreventUpdate
        return answered


def answer(gallery: Gallery, place: Place, held: list[str]) -> Answer | None:
    """HTML, title, problem and what is held then: the address, and the mark of the page. None: that is held already.

    While there is a problem, or the page is being made, the page that is held stays; that of another address goes.
    """
    address, mark = held if isinstance(held, list) and len(held) == 2 else ("", "")
    stays = address == place.url
    try:
        shown = gallery.page(place, PATIENCE)
    except UnreadyError:
        sketch = gallery.sketch(place)
        told, problem = (place.url, sketch.mark), ""
        page: tuple[object, object] = (sketch.html, f"{sketch.title} · {NAME}" if sketch.title else no_update)
    except OverdueError:
        told, page, problem = (place.url, "overdue"), (no_update, no_update), OVERDUE
    except InputError as error:
        told = (place.url, f"problem: {error}")
        page = (no_update, no_update) if stays else ("", no_update)
        problem = str(error)
    except Exception as error:  # whatever it is, the page says so and the app goes on
        logger.exception("the page %s failed", place.url)
        told = (place.url, f"failed: {error!r}")
        page = (no_update, no_update) if stays else ("", no_update)
        problem = f"This page failed: {type(error).__name__}: {error}\nThe terminal of s4mcl dashboard tells more."
    else:
        told, page, problem = (place.url, shown.mark), (shown.html, f"{shown.title} · {NAME}"), ""
    return None if told == (address, mark) else (*page, _lines(problem), [*told])


def _lines(problem: str) -> list[object]:
    """A message in paragraphs; the way to the list below it."""
    if not problem:
        return []
    return [*(html.P(line) for line in problem.splitlines()), html.P(html.A("The list of studies", href="/"))]


def _serve_figures(server: Flask, gallery: Gallery) -> None:
    @server.get("/figure/<name>")
    def figure(name: str) -> Response:
        packed = gallery.figures.get(name)
        if packed is None:
            abort(404)
        headers = {"Content-Encoding": "gzip", "Cache-Control": FOREVER}
        return Response(packed, mimetype="application/json", headers=headers)
