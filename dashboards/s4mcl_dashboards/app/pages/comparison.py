"""Studies side by side, as the report of several shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from s4mcl_dashboards.app.pages.links import crumbs, link
from s4mcl_dashboards.app.place import Place
from s4mcl_dashboards.markup import paragraph
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.sections.side_by_side import comparability, side_by_side_section

FEWEST = 2
MOST = 60  # studies that are offered; more are chosen in the list


def comparison_page(place: Place, materials: Mapping[str, Material], names: Sequence[str]) -> str:
    """The page; `names` are all studies of the storage, of which any can be added or left out."""
    offered = [*names[:MOST], *(name for name in place.studies if name not in names[:MOST])]
    chips = [link(name, _toggled(place, name), "chip", current=name in place.studies) for name in offered]
    group = f'<div role="group" aria-label="Studies">{"".join(chips)}</div>'
    head = f'{crumbs()}<header><h1 tabindex="-1">Studies side by side</h1></header><div class="filters">{group}</div>'
    if len(materials) < FEWEST:
        return head + paragraph("Choose two studies or more.")
    return f"{head}{comparability(materials)}{side_by_side_section(materials)}"


def _toggled(place: Place, name: str) -> Place:
    kept = tuple(one for one in place.studies if one != name)
    return replace(place, studies=kept if name in place.studies else (*place.studies, name))
