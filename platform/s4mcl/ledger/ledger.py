"""The ledger of a storage: the only truth about what was planned, what happened and what came out."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Self

import polars as pl
from sqlalchemy import Connection, Engine

from s4mcl.ledger import arms, claims, frames, openings, proposals, reports, studies, trials
from s4mcl.ledger.engine import explained, reading, writing
from s4mcl.ledger.owner import Owner
from s4mcl.ledger.proposals import Proposal
from s4mcl.ledger.studies import Event
from s4mcl.ledger.trials import FailedTrial, PlannedTrial, TrialState
from s4mcl.ledger.version import FILE_NAME, open_engine

LEASE_SECONDS = 60.0


class Ledger:
    """The ledger of one storage folder, shared by its studies; several processes may have it open.

    Every writing call is one transaction, on the disk when it returns. Calls inside `with ledger.transaction():`
    share one. May be used from several threads, but not carried into another process: open it there.
    """

    def __init__(self, storage: Path, engine: Engine) -> None:
        self.storage = storage
        self.path = storage / FILE_NAME
        self._engine = engine
        self._current = threading.local()

    @classmethod
    def open(cls, storage: Path | str, create: bool = True) -> Self:
        """Open the ledger of a storage folder; with `create` make folder and ledger if they are missing.

        Raises:
            InputError: there is no ledger, or it is damaged, locked, not writable, of a newer version or none at all.
        """
        absolute = Path(storage).absolute()
        return cls(absolute, open_engine(absolute, create=create))

    def close(self) -> None:
        """Close all connections. The ledger is then one file, without a log beside it, if nobody else has it open."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let the calls of this thread inside the block share one commit: all are kept, or after an error none."""
        with self._writing():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let the reading calls of this thread inside the block see one state; others may go on writing."""
        with self._reading():
            yield

    @contextmanager
    def connection(self, *, writes: bool = False) -> Iterator[Connection]:
        """The connection of the block's transaction or snapshot, for whoever copies rows as they are."""
        with self._writing() if writes else self._reading() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        outer: Connection | None = getattr(self._current, "connection", None)
        if outer is not None and not self._current.writes:
            raise RuntimeError("a snapshot of the ledger cannot be written: leave its block first")
        with nullcontext(outer) if outer is not None else self._begin(writing, writes=True) as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        outer: Connection | None = getattr(self._current, "connection", None)
        with nullcontext(outer) if outer is not None else self._begin(reading, writes=False) as connection:
            yield connection

    @contextmanager
    def _begin(
        self, kind: Callable[[Engine], AbstractContextManager[Connection]], *, writes: bool
    ) -> Iterator[Connection]:
        with explained(self.path), kind(self._engine) as connection:
            self._current.connection, self._current.writes = connection, writes
            try:
                yield connection
            finally:
                self._current.connection = None

    # Studies

    def record_study(
        self,
        name: str,
        config: Mapping[str, Any],
        dataset: Mapping[str, Any],
        partition: Mapping[str, Any],
        provenance: Mapping[str, Any],
    ) -> None:
        """Write or replace a study's documents; the moment of its creation stays."""
        documents = {"config": config, "dataset": dataset, "partition": partition, "provenance": provenance}
        with self._writing() as connection:
            studies.record_study(connection, name, documents)

    def study(self, name: str) -> dict[str, Any] | None:
        """name, config, dataset, partition, provenance, created_at and updated_at; None for an unknown study."""
        with self._reading() as connection:
            return studies.study(connection, name)

    def studies(self) -> list[str]:
        """The names of all studies, oldest first."""
        with self._reading() as connection:
            return studies.study_names(connection)

    def record_event(self, study: str, kind: str, text: str, detail: Mapping[str, Any] | None = None) -> None:
        """Add an event of a study."""
        with self._writing() as connection:
            studies.record_event(connection, study, kind, text, detail or {})

    def events(self, study: str) -> list[Event]:
        """A study's events in the order in which they were recorded."""
        with self._reading() as connection:
            return studies.study_events(connection, study)

    # Trials

    def plan(self, study: str, stage: str, wanted: Sequence[PlannedTrial]) -> None:
        """Note that a stage wants these trials; what already stands stays as it is. See `trials.plan`."""
        with self._writing() as connection:
            trials.plan(connection, study, stage, wanted)

    def states(self, keys: Iterable[str]) -> dict[str, TrialState]:
        """How trials stand; a key that is not in the ledger is left out."""
        with self._reading() as connection:
            return trials.states(connection, keys)

    def same_config(self, digests: Iterable[str]) -> dict[str, str]:
        """Digest (`PlannedTrial.same_config`) to the key of a completed trial that has it, where there is one."""
        with self._reading() as connection:
            return trials.same_config(connection, digests)

    def counts(self, study: str) -> dict[str, dict[str, int]]:
        """By stage: planned, running, completed, reused, pruned, failed; each trial is in exactly one of them."""
        with self._reading() as connection:
            return trials.counts(connection, study)

    def failed_trials(self, study: str) -> list[FailedTrial]:
        """The study's failed trials with their outcome and detail."""
        with self._reading() as connection:
            return trials.failed_trials(connection, study)

    def claim(
        self,
        keys: Iterable[str],
        study: str,
        stage: str,
        owner: Owner,
        *,
        lease_seconds: float = LEASE_SECONDS,
        provenance: Mapping[str, Any] | None = None,
        retry_failed: bool = False,
        resume_pruned: bool = False,
    ) -> dict[str, int]:
        """Take the free trials among `keys`; return key and attempt number of each. See `claims.claim`."""
        with self._writing() as connection:
            return claims.claim(
                connection,
                keys,
                study=study,
                stage=stage,
                owner=owner,
                lease_seconds=lease_seconds,
                provenance=provenance or {},
                retry_failed=retry_failed,
                resume_pruned=resume_pruned,
            )

    def renew(self, owner: Owner, lease_seconds: float = LEASE_SECONDS) -> int:
        """Lengthen all leases of an owner, counted from now; return how many there were."""
        with self._writing() as connection:
            return claims.renew(connection, owner, lease_seconds)

    def release(self, keys: Iterable[str], owner: Owner) -> int:
        """Give an owner's claims back: the trials are planned again. Return how many there were."""
        with self._writing() as connection:
            return claims.release(connection, keys, owner)

    def add_reports(self, key: str, attempt: int, sent: Sequence[Mapping[str, Any]]) -> bool:
        """Add reports {"iteration", "values"}; False when the attempt is an old one. See `reports.add_reports`."""
        with self._writing() as connection:
            return reports.add_reports(connection, key, attempt, sent)

    def reports_of(self, keys: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """The reports {"iteration", "values"} of a few trials, by iteration. See `reports.reports_of`."""
        with self._reading() as connection:
            return reports.reports_of(connection, keys)

    def finish(
        self,
        key: str,
        attempt: int,
        *,
        state: str,
        outcome: str,
        detail: Mapping[str, Any] | None = None,
        iterations: int,
        seconds: float,
        summary: Mapping[str, Any] | None = None,
        artifacts: str | None = None,
    ) -> bool:
        """End a claimed trial; False when the attempt is an old one. See `reports.finish`."""
        with self._writing() as connection:
            return reports.finish(
                connection,
                key,
                attempt,
                state=state,
                outcome=outcome,
                detail=detail or {},
                iterations=iterations,
                seconds=seconds,
                summary=summary or {},
                artifacts=artifacts,
            )

    # Test sets

    def record_test(self, key: str, study: str, metrics: Mapping[str, Any], predictions: str | None = None) -> None:
        """Store a trial's test metrics and count one opening of its test set."""
        with self._writing() as connection:
            openings.record_test(connection, key, study, metrics, predictions)

    def test_openings(self, fingerprint: str) -> int:
        """How often test labels of the dataset with this fingerprint were read, by any study."""
        with self._reading() as connection:
            return openings.openings(connection, fingerprint)

    def test_openings_by_study(self, study: str) -> dict[str, int]:
        """How often each study of this storage opened the test set that this study's trials have."""
        with self._reading() as connection:
            return openings.openings_by_study(connection, study)

    # Proposals

    def record_proposal(
        self,
        study: str,
        stage: str,
        *,
        method: str,
        label_fraction: float,
        number: int,
        hyperparameters: Mapping[str, Any],
    ) -> None:
        """Note a proposal as running. See `proposals.record_proposal`."""
        proposal = Proposal(study, stage, method, label_fraction, number, dict(hyperparameters))
        with self._writing() as connection:
            proposals.record_proposal(connection, proposal)

    def tell_proposal(
        self,
        study: str,
        stage: str,
        *,
        method: str,
        label_fraction: float,
        number: int,
        state: str,
        score: float | None,
        objectives: Sequence[float] | None = None,
        intermediate: Mapping[int, float] | None = None,
        violations: Sequence[float] | None = None,
        iterations: int | None = None,
    ) -> None:
        """Note how a proposal ended: completed, pruned or failed. See `proposals.tell_proposal`."""
        proposal = Proposal(
            *(study, stage, method, label_fraction, number),
            hyperparameters={},
            state=state,
            score=score,
            objectives=None if objectives is None else tuple(objectives),
            intermediate=dict(intermediate or {}),
            violations=tuple(violations or ()),
            iterations=iterations,
        )
        with self._writing() as connection:
            proposals.tell_proposal(connection, proposal)

    def proposals(
        self, study: str, stage: str | None = None, method: str | None = None, label_fraction: float | None = None
    ) -> list[Proposal]:
        """A study's proposals, all or those of a group, by stage, method, label fraction and number."""
        with self._reading() as connection:
            return proposals.recorded(connection, study, stage, method, label_fraction)

    # Arms

    def proposal_counts(self, study: str, stage: str, method: str, label_fraction: float) -> tuple[int, int]:
        """How many proposals a group has, and how many of them are running."""
        with self._reading() as connection:
            return proposals.counted(connection, study, stage, method, label_fraction)

    # Arms

    def record_arms(self, study: str, design: str, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the arms of a design in place of those that it had. See `arms.record_arms`."""
        with self._writing() as connection:
            arms.record_arms(connection, study, design, kind, rows)

    # Frames

    def trials_frame(self, study: str) -> pl.DataFrame:
        """One row a (stage, key); columns `frames.TRIAL_COLUMNS`."""
        with self._reading() as connection:
            return frames.trials_frame(connection, study)

    def reports_frame(self, study: str) -> pl.DataFrame:
        """One row a (key, iteration), one Float64 column a value name."""
        with self._reading() as connection:
            return frames.reports_frame(connection, study)

    def proposals_frame(self, study: str) -> pl.DataFrame:
        """One row a proposal; columns `frames.PROPOSAL_SCHEMA`."""
        with self._reading() as connection:
            return frames.proposals_frame(connection, study)

    def arms_frame(self, study: str) -> pl.DataFrame:
        """One row an arm of the study's designs; columns `frames.ARM_SCHEMA`."""
        with self._reading() as connection:
            return frames.arms_frame(connection, study)
