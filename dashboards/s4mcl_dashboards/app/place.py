"""What an address of the app shows: everything a view is made of stands in its URL, so that a view can be sent."""

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlencode

STUDIES, STUDY, TRIAL, COMPARE = "/", "/study", "/trial", "/compare"
FIRST_VIEW = "labels"
FILTERS = ("stage", "method", "labels", "state")  # in the order in which they are shown
POINTS = (*FILTERS, "seed", "proposal", "cohort")  # what a point of a figure may say of its trials
COLUMNS = {"stage": "stage", "method": "method", "labels": "label_fraction", "state": "state"}  # of the frames


@dataclass(frozen=True)
class Place:
    """A page with its choices.

    Attributes:
        path: which page.
        studies: their names; one for a study and a trial.
        view: which part of a study's page.
        chosen: filter to its chosen values as text; none chosen: all.
        key: content key of a trial, or how it begins.
        of: how a figure names trials: stage, method, labels, seed, proposal, cohort; of several values any.
        sort: column of the table of trials, with a minus in front for falling order.
        page: of the table, from 1.
    """

    path: str = STUDIES
    studies: tuple[str, ...] = ()
    view: str = FIRST_VIEW
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    key: str = ""
    of: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    page: int = 1
    unknown: bool = field(default=False)

    @classmethod
    def read(cls, pathname: str | None, search: str | None) -> "Place":
        """From the two parts of an address. What cannot be read is left out; an unknown path is `unknown`."""
        asked = parse_qs((search or "").removeprefix("?"), max_num_fields=1000)
        path = "/" + (pathname or "/").strip("/")
        last = {name: values[-1] for name, values in asked.items()}
        of = [(name, value) for name in POINTS for value in asked.get(name, ())] if path == TRIAL else []
        return cls(
            path=path,
            studies=tuple(dict.fromkeys(asked.get("study", ()))),
            view=last.get("view", FIRST_VIEW),
            chosen=tuple((name, tuple(dict.fromkeys(asked[name]))) for name in FILTERS if name in asked and not of),
            key=last.get("key", ""),
            of=tuple(of),
            sort=last.get("sort", ""),
            page=_whole(last.get("page", "")),
            unknown=path not in (STUDIES, STUDY, TRIAL, COMPARE),
        )

    @property
    def study(self) -> str:
        """The name of the study; "" where none is named."""
        return self.studies[0] if self.studies else ""

    def values(self, name: str) -> tuple[str, ...]:
        """What is chosen of a filter."""
        return dict(self.chosen).get(name, ())

    def toggled(self, name: str, value: str) -> "Place":
        """The place with a filter's value chosen, or not chosen any more."""
        before = self.values(name)
        after = tuple(one for one in before if one != value) if value in before else (*before, value)
        chosen = dict(self.chosen) | {name: after}
        return replace(self, chosen=tuple((key, chosen[key]) for key in FILTERS if chosen.get(key)), page=1)

    @property
    def url(self) -> str:
        """The address, with what differs from the first choice alone."""
        words = [("study", study) for study in self.studies]
        words += [("view", self.view)] if self.view != FIRST_VIEW else []
        words += [(name, value) for name, values in self.chosen for value in values]
        words += [("key", self.key)] if self.key else []
        words += list(self.of)
        words += [("sort", self.sort)] if self.sort else []
        words += [("page", str(self.page))] if self.page > 1 else []
        return f"{self.path}?{urlencode(words, errors='replace')}" if words else self.path


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0 else 1
