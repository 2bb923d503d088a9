"""Links of the app, and the line of them on top of each page."""

from s4mcl_dashboards.app.place import COMPARE, STUDIES, STUDY, TRIAL, Place
from s4mcl_dashboards.markup import IN_NAME, escaped, prose


def link(text: str, place: Place, kind: str = "", *, current: bool | str = False) -> str:
    """A link in plain text; `current` marks the one that is shown (`aria-current`)."""
    named = f' class="{kind}"' if kind else ""
    is_current = f' aria-current="{"true" if current is True else current}"' if current else ""
    return f'<a{named} href="{escaped(place.url)}"{is_current}><bdi>{prose(text, IN_NAME)}</bdi></a>'


def study_place(name: str) -> Place:
    """The page of a study."""
    return Place(STUDY, (name,))


def trial_place(study: str, key: str) -> Place:
    """The page of a trial."""
    return Place(TRIAL, (study,), key=key)


def crumbs(*studies: str) -> str:
    """The way back: the list of studies, and a study."""
    steps = [link("Studies", Place(STUDIES)), *(link(name, study_place(name)) for name in studies)]
    return f'<nav class="crumbs" aria-label="Where you are">{"".join(steps)}</nav>'


def compared_place(*names: str) -> Place:
    """The page that compares studies."""
    return Place(COMPARE, tuple(names))
