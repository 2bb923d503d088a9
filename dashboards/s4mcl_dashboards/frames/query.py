"""The only way from the ledger to the frames: what a study holds, as lazy Polars frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl
from polars.io.plugins import register_io_source

from s4mcl.export.tables import events_frame
from s4mcl.ledger import Ledger, Where
from s4mcl.ledger.report_frames import HEAD, TRIALS_AT_ONCE, decoded, value_names

__all__ = ["StudyQuery", "Where"]

EVERYTHING = Where()
KEYS_AT_ONCE = 500  # that a statement may name


@dataclass(frozen=True)
class StudyQuery:
    """Reads one study of an open ledger; SQLite or PostgreSQL. The columns are those of `s4mcl.results.Results`.

    Trials, proposals, arms, events and attempts are read when they are asked for: one call, one state of the ledger,
    and errors of the database come from the call. Filters (`Where`) are applied by the database.

    Reports are read when the frame is collected, a portion of trials at a time, and only what the plan needs of them
    is decoded. Reports are never changed, so portions that are read one after the other fit together.

    Attributes:
        ledger: open as long as a frame of reports is not collected yet.
        study: its name.
    """

    ledger: Ledger
    study: str

    def token(self) -> str:
        """A short text that changes whenever the ledger says something new of the study; cheap to ask for."""
        return self.ledger.news(self.study)

    def trials(self, where: Where = EVERYTHING, columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """One row a (stage, key), in the order of planning; of `columns` alone where they are named.

        Raises:
            ValueError: one of `columns` is none of a trial.
        """
        return self.ledger.trials_frame(self.study, where, columns).lazy()

    def proposals(self, where: Where = EVERYTHING) -> pl.LazyFrame:
        """One row a proposal, by stage, method, label fraction and number."""
        return self.ledger.proposals_frame(self.study, where).lazy()

    def arms(self, where: Where = EVERYTHING) -> pl.LazyFrame:
        """One row an arm, by design and position; it has a method and a label fraction to be filtered by."""
        return self.ledger.arms_frame(self.study, where).lazy()

    def attempts(self, where: Where = EVERYTHING) -> pl.LazyFrame:
        """One row an attempt at a trial that was made for the study, in the order of the claims."""
        return self.ledger.attempts_frame(self.study, where).lazy()

    def events(self) -> pl.LazyFrame:
        """One row an event, the oldest first."""
        return events_frame(self.ledger, self.study).lazy()

    def reports(
        self,
        keys: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        where: Where = EVERYTHING,
    ) -> pl.LazyFrame:
        """One row a (key, iteration), trials in the order of planning, and a Float64 column a value.

        Args:
            keys: of which trials; None: of all.
            columns: which values; one that nobody reported is null throughout. None: all that were reported, which are
                looked up first, in all these reports.
            where: of which trials, beside `keys`.
        """
        of = self._reported(keys, where)
        names = sorted(self._names(of)) if columns is None else list(columns)

        def read(
            wanted: list[str] | None, predicate: pl.Expr | None, rows: int | None, _batch: int | None
        ) -> Iterator[pl.DataFrame]:
            values = [name for name in names if wanted is None or name in wanted]
            for portion in of.iter_slices(TRIALS_AT_ONCE):
                frame = decoded(self.ledger.raw_reports(portion["trial_id"].to_list()), portion, values)
                frame = frame if predicate is None else frame.filter(predicate)
                frame = frame if rows is None else frame.head(rows)
                rows = rows if rows is None else rows - frame.height
                # Brackets take names as they are; select would read "*" and "^...$" as patterns.
                yield frame if wanted is None else frame[wanted]

        return register_io_source(read, schema={**HEAD, **dict.fromkeys(names, pl.Float64)})

    def report_names(self, keys: Sequence[str] | None = None, where: Where = EVERYTHING) -> list[str]:
        """The names of all values that these trials reported, sorted."""
        return sorted(self._names(self._reported(keys, where)))

    def _reported(self, keys: Sequence[str] | None, where: Where) -> pl.DataFrame:
        if keys is not None and where.key is None and len(keys) <= KEYS_AT_ONCE:
            where, keys = replace(where, key=keys), None
        of = self.ledger.reported_trials(self.study, where)
        return of if keys is None else of.filter(pl.col("key").is_in(keys))

    def _names(self, of: pl.DataFrame) -> set[str]:
        ids = (portion["trial_id"].to_list() for portion in of.iter_slices(TRIALS_AT_ONCE))
        return set[str]().union(*(value_names(self.ledger.raw_reports(part)) for part in ids))
