"""A plan: what of a study is trained already and what is left, with the time that it would take."""

from dataclasses import asdict, dataclass
from typing import Any

from s4mcl.plan.span import span
from s4mcl_trainables.label_fraction import LabelFraction

COLUMNS = ("stage", "design", "method", "fraction", "cohorts", "trials", "held", "shared", "to train", "time")


@dataclass(frozen=True)
class PlanRow:
    """One method at one label fraction in one stage, or in one design of it.

    Attributes:
        cohorts, trials: how many it has.
        held: trials that the ledger holds and that are not trained again, failed ones among them.
        shared: trials that a row above has already, held or not.
        to_train: the rest.
        bounded: whether cohorts and trials are the most that there can be; else they are certain.
        exact: whether to_train is certain; else it is the most that there can be, since the ledger may hold some.
        seconds: of training, all trials one after the other; None: nothing of this method was measured.
    """

    stage: str
    design: str
    method: str
    label_fraction: LabelFraction
    cohorts: int
    trials: int
    held: int
    shared: int
    to_train: int
    bounded: bool
    exact: bool
    seconds: float | None

    def cells(self) -> list[str]:
        """The row as `COLUMNS` has it."""
        return [
            *(self.stage, self.design, self.method, f"{self.label_fraction:g}"),
            *(_count(number, at_most=self.bounded) for number in (self.cohorts, self.trials)),
            *(str(self.held), str(self.shared), _count(self.to_train, at_most=not self.exact)),
            span(self.seconds) if self.seconds is not None else "unknown",
        ]


@dataclass(frozen=True)
class StudyPlan:
    """All rows of a study, with what a person should know besides.

    Attributes:
        concurrency: packs that train at once.
        gpus: of a pack.
        wall_seconds: from start to end, for what was measured.
        notes: in full sentences.
    """

    study: str
    rows: tuple[PlanRow, ...]
    concurrency: int
    gpus: float
    wall_seconds: float
    notes: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether every row is."""
        return all(row.exact for row in self.rows)

    @property
    def unmeasured(self) -> int:
        """Trials to train of methods of which nothing was measured."""
        return sum(row.to_train for row in self.rows if row.seconds is None)

    @property
    def training_seconds(self) -> float:
        """Of all trials whose time can be told, one after the other."""
        return sum(row.seconds or 0.0 for row in self.rows)

    def total(self, count: str) -> int:
        """The sum of one of the rows' counts."""
        return sum(getattr(row, count) for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; times are null where nothing was measured that they could be told from."""
        counts = {name: self.total(name) for name in ("cohorts", "trials", "held", "shared", "to_train")}
        known = self._is_measured
        return {
            "study": self.study,
            "rows": [asdict(row) for row in self.rows],
            "totals": {**counts, "exact": self.exact},
            "concurrency": self.concurrency,
            "training_seconds": self.training_seconds if known else None,
            "wall_seconds": self.wall_seconds if known else None,
            "gpu_hours": self.training_seconds * self.gpus / 3600 if known else None,
            "unmeasured_trials": self.unmeasured,
            "notes": list(self.notes),
        }

    def total_cells(self) -> list[str]:
        """The totals as `COLUMNS` has them."""
        bounded = any(row.bounded for row in self.rows)
        return [
            *("total", "", "", ""),
            *(_count(self.total(name), at_most=bounded) for name in ("cohorts", "trials")),
            *(str(self.total("held")), str(self.total("shared"))),
            _count(self.total("to_train"), at_most=not self.exact),
            span(self.training_seconds) if self._is_measured else "unknown",
        ]

    def sentences(self) -> list[str]:
        """The time, and the notes."""
        return [self._time(), *(f"note: {note}" for note in self.notes)]

    def to_text(self) -> str:
        """Plain text: the rows, then sentences."""
        table = [list(COLUMNS), *(row.cells() for row in self.rows), self.total_cells()]
        widths = [max(len(row[place]) for row in table) for place in range(len(COLUMNS))]
        lines = [
            "  ".join(
                cell.rjust(width) if place >= 3 else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]
        return "\n".join([f"{self.study}: what s4mcl run would do", *lines, *self.sentences()])

    @property
    def _is_measured(self) -> bool:
        """Whether the time of anything that is left can be told."""
        return not self.total("to_train") or self.unmeasured < self.total("to_train")

    def _time(self) -> str:
        left = self.total("to_train")
        if not left:
            return "time: nothing is left to train"
        if self.unmeasured == left:
            return "time: unknown, since no trial of these methods was trained in this storage on such a device"
        most = "" if self.exact else "at most "
        packs = "one pack" if self.concurrency == 1 else f"{self.concurrency} packs"
        gpu = f", {self.training_seconds * self.gpus / 3600:.1f} GPU hours" if self.gpus else ""
        spent = f"{span(self.training_seconds)} of training{gpu}"
        text = f"time: {most}{span(self.wall_seconds)} with {packs} at once ({spent})"
        more = f", and {self.unmeasured} trials of methods of which nothing was measured" if self.unmeasured else ""
        return text + more


def _count(count: int, *, at_most: bool) -> str:
    return f"≤ {count}" if at_most and count else str(count)
