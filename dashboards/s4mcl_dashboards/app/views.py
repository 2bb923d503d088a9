"""The parts of a study's page: the sections of the report, and the table of trials."""

from collections.abc import Callable
from dataclasses import dataclass

from s4mcl_dashboards.app.pages.trial_table import trial_table
from s4mcl_dashboards.app.place import FIRST_VIEW, Place
from s4mcl_dashboards.markup import section
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.page import SECTIONS

TRIALS = "trials"
TOGETHER = {FIRST_VIEW: ("labels", "table")}  # sections that one view shows
NEEDS_REPORTS = ("curves",)
NEEDS_EVIDENCE = ("boundaries", "classification")


@dataclass(frozen=True)
class View:
    """One part of a study's page.

    Attributes:
        name: in the URL.
        word: in the navigation.
        sections: of the report, one below the other; none: the table of trials.
    """

    name: str
    word: str
    sections: tuple[Callable[[Material], str], ...]

    @property
    def needs_reports(self) -> bool:
        """Whether the training curves are read for it."""
        return self.name in NEEDS_REPORTS

    @property
    def needs_evidence(self) -> bool:
        """Whether images and predictions are read for it."""
        return self.name in NEEDS_EVIDENCE

    def content(self, place: Place, material: Material) -> str:
        """The view as HTML."""
        if not self.sections:
            return section(TRIALS, "Trials", trial_table(place, material.name, material.trials))
        return "".join(make(material) for make in self.sections)


def _views() -> tuple[View, ...]:
    made = {anchor: make for anchor, _, make in SECTIONS}
    inside = {anchor for group in TOGETHER.values() for anchor in group}
    views = [
        View(anchor, word, tuple(made[one] for one in TOGETHER.get(anchor, (anchor,))))
        for anchor, word, _ in SECTIONS
        if anchor in TOGETHER or anchor not in inside
    ]
    return (*views, View(TRIALS, "Trials", ()))


VIEWS = _views()


def view_of(place: Place) -> View:
    """The view that a place shows; the first where it names none that there is."""
    return next((view for view in VIEWS if view.name == place.view), VIEWS[0])
