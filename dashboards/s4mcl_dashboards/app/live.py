"""A Dash component that shows HTML and keeps what the reader does with it while it changes."""

from typing import Any

from dash.development.base_component import Component


class Live(Component):
    """Shows a text of HTML; `static/live.js` is its other half.

    Dash builds all that is inside a component anew when its children change (tried with 4.4): zoom, scroll position,
    focus and selected text are lost each time. This one lets React compare the new HTML with what is shown, so that
    only what differs is touched. Scripts and event handlers in the HTML are left out.

    Attributes:
        html: what is shown.
        title: that of the browser's window.
    """

    _namespace = "s4mcl_app"
    _type = "Live"
    _children_props: list[str] = []  # noqa: RUF012  # as Dash declares them
    _base_nodes: list[str] = []  # noqa: RUF012
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012

    def __init__(self, id: str, html: str = "", title: str = "") -> None:
        self._prop_names = ["id", "html", "title"]
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        props: dict[str, Any] = {"id": id, "html": html, "title": title}
        super().__init__(**props)  # type: ignore[no-untyped-call]


_js_dist: list[dict[str, str]] = []  # Dash asks the module of a component for its scripts: the page has them already
