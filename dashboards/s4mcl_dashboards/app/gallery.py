"""The pages of the app, each made once for everybody who looks at it."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from s4mcl_dashboards.app.found import Found, found_in
from s4mcl_dashboards.app.kept_figures import KeptFigures
from s4mcl_dashboards.app.library import Library
from s4mcl_dashboards.app.one_trial import matching, read_trial
from s4mcl_dashboards.app.pages.comparison import comparison_page
from s4mcl_dashboards.app.pages.studies import studies_page
from s4mcl_dashboards.app.pages.study import study_page
from s4mcl_dashboards.app.pages.trial import trial_name, trial_page, trials_page
from s4mcl_dashboards.app.place import COMPARE, STUDIES, STUDY, TRIAL, Place
from s4mcl_dashboards.app.reading import Reading, read_study, where
from s4mcl_dashboards.app.row import Row, read_row
from s4mcl_dashboards.app.shelf import OverdueError, Shelf, UnreadyError
from s4mcl_dashboards.app.shown import Shown
from s4mcl_dashboards.app.views import view_of
from s4mcl_dashboards.evidence import read_evidence
from s4mcl_dashboards.frames.curves import curves_frame
from s4mcl_dashboards.frames.query import StudyQuery
from s4mcl_dashboards.frames.single_curves import chosen_trials_frame, single_curves_frame
from s4mcl_dashboards.keeping import kept_by
from s4mcl_dashboards.material import Material
from s4mcl_trainables.problems import InputError

LONG = 600.0  # seconds that a page may wait for what it is made of; whoever looks at it waits less
LIST = 1.0  # seconds that the list waits for the studies that are not read yet
CONFIRM = "confirm"
AGAIN = "data-again"  # tells the page's script to ask again soon


class Gallery:
    """Makes pages of the studies in a library. What is dear stands on shelves: rows, readings, statistics, pages."""

    def __init__(self, library: Library, figures: KeptFigures) -> None:
        self.library, self.figures = library, figures
        self.rows = Shelf[str, Row](lambda name, old: read_row(library.ledger(), name, old), most=2000)
        self.readings = Shelf[str, Reading](lambda name, old: read_study(library.ledger(), name, old), most=16)
        self.found = Shelf[str, Found](self._found, most=200, rest=3.0, share=10.0, threads=1)
        self.pages = Shelf[Place, Shown](self._page, most=200, rest=0.5)
        self._made: dict[str, Callable[[Place, Shown | None], Shown]] = {
            STUDIES: self._list,
            STUDY: self._study,
            TRIAL: self._trial,
            COMPARE: self._comparison,
        }

    def page(self, place: Place, patience: float) -> Shown:
        """The page of a place.

        Raises:
            UnreadyError: it takes longer than `patience` seconds; it is being made.
            InputError: the ledger cannot be read, or holds no such study.
        """
        return self.pages.get(place, patience)

    def sketch(self, place: Place) -> Shown:
        """What can be shown at once of a page that is being made: of a study that was read all but the view."""
        reading = self.readings.held(place.study) if place.path == STUDY else None
        if reading is None:
            return Shown("", f'<p class="note" {AGAIN}>Reading the ledger.</p>')
        note = f'<p class="note" {AGAIN}>This view is being made.</p>'
        return Shown(reading.name, study_page(place, reading, self.found.held(place.study), note))

    def look_again(self, study: str) -> None:
        """Forget how lately a study was read: something was written."""
        self.readings.look_again(lambda name: name == study)
        self.rows.look_again(lambda name: name == study)
        self.pages.look_again(lambda place: not place.studies or study in place.studies)

    def close(self) -> None:
        """Make nothing more, and close the ledger."""
        for shelf in (self.pages, self.found, self.readings, self.rows):
            shelf.close()
        self.library.close()

    def _page(self, place: Place, old: Shown | None) -> Shown:
        make = self._made.get(place.path)
        if make is None:
            raise InputError(f"{place.path} is no page of this app.\nCure: go back to the list of studies")
        with kept_by(self.figures.keep):
            return make(place, old)

    def _found(self, name: str, old: Found | None) -> Found:
        return found_in(lambda: self.readings.get(name, LONG), old)

    def _work_out(self, name: str) -> None:
        """Let the statistics of a study be worked out, once its page is made: they would take its time."""
        with suppress(UnreadyError, OverdueError, InputError):
            self.found.get(name, 0.0)

    def _list(self, _place: Place, old: Shown | None) -> Shown:
        names = self.library.ledger().studies()
        until = time.monotonic() + LIST
        rows, unread, warnings = [], [], {}
        for name in names:
            try:
                rows.append(self.rows.get(name, max(0.0, until - time.monotonic())))
            except UnreadyError:
                unread.append(name)
            known = self.found.held(name)
            if known is not None:
                warnings[name] = known.count
        for name in names:
            self._work_out(name)
        source = f"{[row.token for row in rows]} {unread} {warnings}"
        if old is not None and old.source == source:
            return old
        return Shown("Studies", studies_page(str(self.library.storage), rows, unread, warnings), source)

    def _study(self, place: Place, old: Shown | None) -> Shown:
        reading = self.readings.get(place.study, LONG)
        found = self.found.held(place.study)
        source = f"{reading.token} {found.of if found else None}"
        shown = old if old is not None and old.source == source else self._new_study(place, reading, found, source)
        self._work_out(place.study)
        return shown

    def _new_study(self, place: Place, reading: Reading, found: Found | None, source: str) -> Shown:
        view = view_of(place)
        material = reading.material(place, found.findings if found else None)
        if view.needs_reports:
            material = self._with_curves(place, material)
        if view.needs_evidence:
            storage = reading.study.storage
            evidence = read_evidence(material.trials, storage / reading.name, storage)
            material = replace(material, evidence=evidence)
        content = view.content(place, material)
        return Shown(reading.name, study_page(place, reading, found, content), source)

    def _with_curves(self, place: Place, material: Material) -> Material:
        """The material with what the chosen trials reported."""
        query = StudyQuery(self.library.ledger(), material.name)
        single = chosen_trials_frame(material.trials)
        return replace(
            material,
            curves=curves_frame(material.trials, query.reports(where=where(place, CONFIRM))),
            singles=single_curves_frame(single, query.reports(single["key"].to_list())),
        )

    def _trial(self, place: Place, old: Shown | None) -> Shown:
        reading = self.readings.get(place.study, LONG)
        if old is not None and old.source == reading.token:
            return old
        found = matching(place, reading)
        if found.height != 1:
            return Shown("Trials", trials_page(place, reading, found), reading.token)
        trial = read_trial(self.library.ledger(), reading, found["key"][0])
        return Shown(trial_name(trial.first), trial_page(reading, trial), reading.token)

    def _comparison(self, place: Place, old: Shown | None) -> Shown:
        names = self.library.ledger().studies()
        readings = [self.readings.get(name, LONG) for name in place.studies if name in names]
        source = f"{names} {[reading.token for reading in readings]}"
        if old is not None and old.source == source:
            return old
        materials = {}
        for reading in readings:
            found = self.found.held(reading.name)
            materials[reading.name] = reading.material(Place(), found.findings if found else None)
        return Shown("Studies side by side", comparison_page(place, materials, names), source)
