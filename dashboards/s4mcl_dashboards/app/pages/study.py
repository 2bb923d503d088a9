"""A study's page: how it stands, what to know before reading, and one view of it."""

from dataclasses import replace

from s4mcl_dashboards.app.found import Found
from s4mcl_dashboards.app.pages.filters import filters
from s4mcl_dashboards.app.pages.links import crumbs, link
from s4mcl_dashboards.app.pages.progress import badge, bars, run_by_text, state_of
from s4mcl_dashboards.app.pages.stop_button import stop_button
from s4mcl_dashboards.app.place import Place
from s4mcl_dashboards.app.reading import Reading
from s4mcl_dashboards.app.views import VIEWS, view_of
from s4mcl_dashboards.markup import IN_NAME, details, listed, paragraph, prose
from s4mcl_dashboards.naming import count

ZOOM = "Drag over a figure to zoom, double-click to zoom out. "  # a finger scrolls the page instead
HINT = "A click on a point that is one trial or proposal opens it."


def study_page(place: Place, reading: Reading, found: Found | None, content: str) -> str:
    """The page around the content of a view; `found` is None while the statistics are being worked out."""
    asked = f'<p class="note hint"><span>{ZOOM}</span>{HINT}</p>' if 'class="drawing"' in content else ""
    return (
        f"{crumbs()}<header>{_head(reading)}{_warnings(reading, found)}</header>"
        f"{_views(place)}{filters(place, reading)}{asked}{content}"
    )


def _head(reading: Reading) -> str:
    state, kind = state_of(reading.totals, reading.run_by, stopping=reading.is_stopping)
    described = str(reading.config.get("description") or "")
    description = f'<p class="description">{prose(described)}</p>' if described else ""
    who = run_by_text(reading)
    stop = "" if reading.run_by is None or reading.is_stopping else stop_button(reading.name)
    told = f'<p class="stands">{badge(state, kind)} <span>{who}</span>{stop}</p>'
    name = f'<h1 tabindex="-1"><bdi>{prose(reading.name, 2 * IN_NAME)}</bdi></h1>'
    return f"{name}{description}{told}{bars(reading.counts)}"


def _warnings(reading: Reading, found: Found | None) -> str:
    """The warnings of the statistics, which open on demand: they were read before."""
    if found is None:
        return paragraph("The statistics are being worked out; intervals are over seeds until then.", "note")
    if not found.count:
        return ""
    behind = "" if found.of == reading.token else " of a moment ago"
    texts = [text for kind in found.warnings for text in kind]
    title = f"{count(found.count, 'warning')}{behind}: read before you compare"
    return f'<aside class="warning">{details(title, listed(texts))}</aside>'


def _views(place: Place) -> str:
    """Links to the views; filters stay, sorting and pages belong to one view."""
    shown = view_of(place)
    target = replace(place, sort="", page=1)
    links = [
        link(view.word, replace(target, view=view.name), current="page" if view is shown else False) for view in VIEWS
    ]
    return f'<nav class="views" aria-label="Views of the study">{"".join(links)}</nav>'
