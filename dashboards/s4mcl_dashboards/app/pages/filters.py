"""The filters of a study's page: links that choose a value, or let it go."""

from collections.abc import Sequence
from dataclasses import replace

from s4mcl.ledger import COUNTED
from s4mcl.naming import method_name, percent
from s4mcl_dashboards.app.pages.links import link
from s4mcl_dashboards.app.place import FILTERS, Place
from s4mcl_dashboards.app.reading import Reading
from s4mcl_dashboards.markup import escaped

NAMES = {"stage": "Stage", "method": "Method", "labels": "Labels", "state": "State"}


def filters(place: Place, reading: Reading) -> str:
    """A group of links a filter that has anything to choose; a chosen value that no trial has can be let go too."""
    groups = [_group(place, name, _offered(reading, name)) for name in FILTERS]
    cleared = link("all trials", replace(place, chosen=(), page=1), "clear") if place.chosen else ""
    drawn = "".join(groups) + cleared
    return f'<div class="filters" role="group" aria-label="Filters">{drawn}</div>' if drawn else ""


def _offered(reading: Reading, name: str) -> list[str]:
    """The values that the study's trials have, in the order of the study."""
    trials = reading.study.trials
    if name == "labels":
        return [repr(value) for value in trials["label_fraction"].unique().drop_nulls().sort().to_list()]
    if name == "state":
        found = set(trials["state"])
        return [state for state in COUNTED if state in found]
    if name == "method":
        found = set(trials["method"])
        return [method for method in reading.study.methods if method in found]
    return trials["stage"].unique(maintain_order=True).to_list()


def _group(place: Place, name: str, offered: Sequence[str]) -> str:
    chosen = place.values(name)
    values = [*offered, *(value for value in chosen if value not in offered)]
    if len(values) < 2 and not chosen:
        return ""
    chips = [link(_shown(name, value), place.toggled(name, value), "chip", current=value in chosen) for value in values]
    head = f'<span class="kicker" aria-hidden="true">{NAMES[name]}</span>'
    return f'<div role="group" aria-label="{escaped(NAMES[name])}">{head}{"".join(chips)}</div>'


def _shown(name: str, value: str) -> str:
    if name == "labels":
        try:
            return percent(float(value))
        except ValueError:
            return value
    return method_name(value) if name == "method" else value
