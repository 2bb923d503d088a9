"""A legend in HTML: a swatch with colour, dash and marker, a button that shows or hides the line."""

from collections.abc import Sequence

from s4mcl_dashboards.markup import escaped, prose
from s4mcl_dashboards.palette import OTHER, PAPER_DASH, Look

SHAPES = {
    "circle": '<circle cx="18" cy="7" r="4.2"/>',
    "square": '<rect x="14" y="3" width="8" height="8"/>',
    "diamond": '<path d="M18 1.6 23.4 7 18 12.4 12.6 7Z"/>',
    "triangle-up": '<path d="M18 1.8 23 11H13Z"/>',
    "triangle-down": '<path d="M18 12.2 23 3H13Z"/>',
    "x": '<path d="M14.5 2 18 5.5 21.5 2 23 3.5 19.5 7 23 10.5 21.5 12 18 8.5 14.5 12 13 10.5 16.5 7 13 3.5Z"/>',
    "star": '<path d="M18 1.2 19.7 5.2 24 5.5 20.7 8.3 21.8 12.5 18 10.2 14.2 12.5 15.3 8.3 12 5.5 16.3 5.2Z"/>',
    "hexagon": '<path d="M13 7 15.5 2.7H20.5L23 7 20.5 11.3H15.5Z"/>',
}


def swatch(look: Look, *, thin: bool = False, marker: bool = True) -> str:
    """A short line in the look of a method, 36 x 14 pixels."""
    dash = "" if look.dash == "solid" else f' stroke-dasharray="{look.dash.replace("px", "")}"'
    shape = SHAPES[look.marker] if marker else ""
    hollow = ' fill="var(--page)" stroke="currentColor"' if thin else ' fill="currentColor"'
    return (
        f'<svg class="swatch" width="36" height="14" viewBox="0 0 36 14" aria-hidden="true" style="color:{look.color}">'
        f'<path d="M0 7H36" stroke="currentColor" stroke-width="{1.3 if thin else 2.2}"{dash}/>'
        f"<g{hollow}>{shape}</g></svg>"
    )


ARROW = (
    '<svg class="swatch" width="36" height="14" viewBox="0 0 36 14" aria-hidden="true" style="color:var(--muted)">'
    '<path d="M4 7H36" stroke="currentColor" stroke-width="1.6"/><path d="M4 7H16" stroke="currentColor" '
    'stroke-opacity="0.45" stroke-width="5"/><path d="M1 7 11 2.6V11.4Z" fill="currentColor"/></svg>'
)


def legend(entries: Sequence[tuple[str, str, Look]], *, paper: bool = False, savings: bool = False) -> str:
    """Buttons that show and hide a series in the figures of their section; `entries` are (series, name, look)."""
    items = [
        f'<button type="button" aria-pressed="true" data-series="{escaped(series)}">'
        f"{swatch(look)}{escaped(name)}</button>"
        for series, name, look in entries
    ]
    if paper:
        mark = swatch(Look(OTHER, PAPER_DASH, "circle"), thin=True)
        items.append(
            f'<button type="button" aria-pressed="true" data-series="paper">{mark}the paper, same colours</button>'
        )
    if savings:
        items.append(f'<button type="button" aria-pressed="true" data-series="savings">{ARROW}label savings</button>')
    return f'<div class="legend" role="group" aria-label="Show or hide lines">{"".join(items)}</div>'


def toggles(entries: Sequence[tuple[str, str, Look | None, bool]], name: str) -> str:
    """Buttons that show and hide a series; `entries` are (series, name, look or none, whether it is shown at first)."""
    items = "".join(
        f'<button type="button" aria-pressed="{str(on).lower()}" data-series="{escaped(series)}">'
        f"{swatch(look, marker=False) if look else ''}{escaped(text)}</button>"
        for series, text, look, on in entries
    )
    return f'<div class="legend" role="group" aria-label="{escaped(name)}">{items}</div>'


def key(entries: Sequence[tuple[str, Look]]) -> str:
    """A legend that only explains; `entries` are (name, look)."""
    items = "".join(f"<span>{swatch(look, marker=False)}{prose(name)}</span>" for name, look in entries)
    return f'<div class="legend">{items}</div>'
