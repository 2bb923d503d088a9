"""The ledger of a storage: the only truth about what was planned, what happened and what came out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from s4mcl.ledger import (
    arms,
    attempts,
    check,
    claims,
    frames,
    measured,
    memory,
    news,
    openings,
    proposals,
    report_frames,
    reports,
    requests,
    studies,
    trials,
)
from s4mcl.ledger.attempts import Share, Worker
from s4mcl.ledger.check import Finding
from s4mcl.ledger.measured import Measured
from s4mcl.ledger.memory import MemoryFigure
from s4mcl.ledger.open_ledger import OpenLedger
from s4mcl.ledger.owner import Owner, this_process
from s4mcl.ledger.proposals import Proposal
from s4mcl.ledger.requests import StopRequest
from s4mcl.ledger.studies import Event
from s4mcl.ledger.trials import FailedTrial, PlannedTrial, TrialState
from s4mcl.ledger.where import EVERYTHING, Where

LEASE_SECONDS = 60.0
UNKNOWN = Share()


class Ledger(OpenLedger):
    """The ledger of one storage folder, shared by its studies; several processes may have it open.

    Every writing call is one transaction, on the disk when it returns. Calls inside `with ledger.transaction():`
    share one. May be used from several threads, but not carried into another process: open it there.

    When a server's connection is lost, a call is tried again for a while; a `transaction` block whose connection is
    lost between its beginning and its end raises `InputError`, and nothing of it is kept.
    """

    def check(self) -> list[Finding]:
        """What is wrong with the ledger, every promise of it verified; nothing is an empty list. See `check`."""
        return self._read(check.find, self.storage)

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
        self._write(studies.record_study, name, documents)

    def study(self, name: str) -> dict[str, Any] | None:
        """name, config, dataset, partition, provenance, created_at and updated_at; None for an unknown study."""
        return self._read(studies.study, name)

    def studies(self) -> list[str]:
        """The names of all studies, oldest first."""
        return self._read(studies.study_names)

    def record_event(self, study: str, kind: str, text: str, detail: Mapping[str, Any] | None = None) -> None:
        """Add an event of a study."""
        self._write(studies.record_event, study, kind, text, detail or {})

    def events(self, study: str) -> list[Event]:
        """A study's events in the order in which they were recorded."""
        return self._read(studies.study_events, study)

    # Trials

    def plan(self, study: str, stage: str, wanted: Sequence[PlannedTrial]) -> None:
        """Note that a stage wants these trials; what already stands stays as it is. See `trials.plan`."""
        self._write(trials.plan, study, stage, wanted)

    def take_back(self, study: str, stages: Sequence[str]) -> None:
        """Forget which trials these stages of a study wanted; the trials stay."""
        self._write(trials.take_back, study, stages)

    def states(self, keys: Iterable[str]) -> dict[str, TrialState]:
        """How trials stand; a key that is not in the ledger is left out."""
        return self._read(trials.states, list(keys))

    def same_config(self, digests: Iterable[str]) -> dict[str, str]:
        """Digest (`PlannedTrial.same_config`) to the key of a completed trial that has it, where there is one."""
        return self._read(trials.same_config, list(digests))

    def counts(self, study: str) -> dict[str, dict[str, int]]:
        """By stage: planned, running, completed, reused, pruned, failed; each trial is in exactly one of them."""
        return self._read(trials.counts, study)

    def trained_for(self, study: str) -> tuple[int, float]:
        """How many trials were begun for a study, and the seconds that those which have ended took."""
        return self._read(trials.trained_for, study)

    def gpu_seconds(self, study: str) -> float:
        """Seconds times GPUs that the attempts made for a study have had, those that still run left out."""
        return self._read(attempts.gpu_seconds, study)

    def failed_trials(self, study: str) -> list[FailedTrial]:
        """The study's failed trials with their outcome and detail."""
        return self._read(trials.failed_trials, study)

    def failures(self, study: str) -> dict[str, int]:
        """How many of the study's trials failed, by outcome."""
        return self._read(trials.failures, study)

    def trained_keys(self, study: str, stage: str) -> dict[tuple[str, float], list[str]]:
        """By method and label fraction the keys of a stage's trials that are, or were, trained."""
        return self._read(measured.trained_keys, study, stage)

    def measured(self, method: str, most: int) -> list[Measured]:
        """The latest completed trials of a method, of whichever study, with their settings and seconds."""
        return self._read(measured.measured, method, most)

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
        retrain: bool = False,
        whole: bool = False,
        share: Share = UNKNOWN,
    ) -> dict[str, int]:
        """Take the free trials among `keys`; return key and attempt number of each. See `claims.claim`."""
        return self._write(
            claims.claim,
            list(keys),
            study=study,
            stage=stage,
            owner=owner,
            lease_seconds=lease_seconds,
            provenance=provenance or {},
            retry_failed=retry_failed,
            resume_pruned=resume_pruned,
            retrain=retrain,
            whole=whole,
            share=share,
        )

    def renew(self, owner: Owner, lease_seconds: float = LEASE_SECONDS) -> int:
        """Lengthen all leases of an owner, counted from now; return how many there were."""
        return self._write(claims.renew, owner, lease_seconds)

    def release(
        self,
        keys: Iterable[str],
        owner: Owner,
        seconds: Mapping[str, float] | None = None,
        *,
        ended: str = "released",
    ) -> int:
        """Give an owner's claims back: the trials are planned again. See `claims.release`."""
        return self._write(claims.release, list(keys), owner, seconds or {}, ended)

    def drivers(self, study: str) -> list[Owner]:
        """Who holds trials of a study now, the calling process left out."""
        return self._read(claims.drivers, study)

    def release_held(self, owner: Owner) -> int:
        """Give back everything that an owner holds; return how many there were."""
        return self._write(claims.release_held, owner)

    def heard(self, given: Mapping[str, int], worker: Worker, seconds: float = 0.0) -> None:
        """Note who trains these attempts (key to number), and that it began `seconds` ago. See `attempts.heard`."""
        self._write(attempts.heard, given, worker, seconds)

    def add_reports(self, key: str, attempt: int, sent: Sequence[Mapping[str, Any]]) -> bool:
        """Add reports {"iteration", "values"}; False when the attempt is an old one. See `reports.add_reports`."""
        return self._write(reports.add_reports, key, attempt, sent)

    def reports_of(self, keys: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """The reports {"iteration", "values"} of a few trials, by iteration. See `reports.reports_of`."""
        return self._read(reports.reports_of, list(keys))

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
        return self._write(
            reports.finish,
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

    # Requests

    def request_stop(self, study: str, key: str | None = None, asked_by: str | None = None) -> int:
        """Ask the driver of a study to stop a trial, or without `key` the study; return the request's number.

        The driver looks every few seconds. When nobody runs the study the request is for nobody: the next run begins
        with those made from then on.

        Raises:
            ValueError: the study or the trial is unknown.
        """
        return self._write(requests.request_stop, study, key, asked_by or this_process())

    def stop_requests(self, study: str, *, unseen: bool = False, after: int = 0) -> list[StopRequest]:
        """What was asked of a study's drivers, oldest first. See `requests.stop_requests`."""
        return self._read(requests.stop_requests, study, unseen=unseen, after=after)

    def see_requests(self, ids: Iterable[int]) -> None:
        """Note that the driver has seen these requests."""
        self._write(requests.see, list(ids))

    # Test sets

    def begin_test(self, key: str) -> bool:
        """Whether this driver may judge a trained trial on the test part; False while another one of its study does.

        Asked in a writing transaction in which the trial was seen to be without test values.
        """
        return self._backend.hold(key)

    def end_test(self, key: str) -> None:
        """This driver judges a trained trial no longer."""
        self._backend.let_go(key)

    def record_test(self, key: str, study: str, metrics: Mapping[str, Any], predictions: str | None = None) -> None:
        """Store a trial's test metrics and count one opening of its test set."""
        self._write(openings.record_test, key, study, metrics, predictions)

    def test_openings(self, fingerprint: str) -> int:
        """How often test labels of the dataset with this fingerprint were read, by any study."""
        return self._read(openings.openings, fingerprint)

    def test_openings_by_study(self, study: str) -> dict[str, int]:
        """How often each study of this storage opened the test set that this study's trials have."""
        return self._read(openings.openings_by_study, study)

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
        self._write(proposals.record_proposal, proposal)

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
        self._write(proposals.tell_proposal, proposal)

    def proposals(
        self, study: str, stage: str | None = None, method: str | None = None, label_fraction: float | None = None
    ) -> list[Proposal]:
        """A study's proposals, all or those of a group, by stage, method, label fraction and number."""
        return self._read(proposals.recorded, study, stage, method, label_fraction)

    def reopen_proposals(self, study: str, stage: str) -> None:
        """Let all proposals of a stage be scored again, as if they were running."""
        self._write(proposals.reopen, study, stage)

    def best_scores(self, study: str, stage: str) -> dict[str, float]:
        """The best score of each method that has one in a stage's proposals."""
        with self._reading() as connection:
            return proposals.best_scores(connection, study, stage)

    def proposal_counts(self, study: str, stage: str, method: str, label_fraction: float) -> tuple[int, int]:
        """How many proposals a group has, and how many of them are running."""
        return self._read(proposals.counted, study, stage, method, label_fraction)

    # Arms

    def record_arms(self, study: str, design: str, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the arms of a design in place of those that it had. See `arms.record_arms`."""
        self._write(arms.record_arms, study, design, kind, rows)

    # Memory

    def remember_memory(self, figure: MemoryFigure) -> None:
        """Note what a pack of a kind needed of a device; the larger of two figures stays. See `memory.remember`."""
        self._write(memory.remember, figure)

    def memory(self, kinds: Sequence[str] | None = None) -> list[MemoryFigure]:
        """What packs of these kinds, or of all, have needed of a device's memory."""
        return self._read(memory.remembered, kinds)

    # Frames

    def trials_frame(self, study: str, where: Where = EVERYTHING, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """One row a (stage, key); columns `frames.TRIAL_COLUMNS`. See `frames.trials_frame`."""
        return self._read(frames.trials_frame, study, where, columns)

    def reports_frame(self, study: str) -> pl.DataFrame:
        """One row a (key, iteration), one Float64 column a value name."""
        return self._read(report_frames.reports_frame, study)

    def reported_trials(self, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
        """trial_id and key of the trials whose reports may be asked for. See `report_frames.reported_trials`."""
        return self._read(report_frames.reported_trials, study, where)

    def raw_reports(self, ids: Sequence[int]) -> pl.DataFrame:
        """The reports of these trials, undecoded. See `report_frames.raw_reports`."""
        return self._read(report_frames.raw_reports, ids)

    def proposals_frame(self, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
        """One row a proposal; columns `frames.PROPOSAL_SCHEMA`."""
        return self._read(frames.proposals_frame, study, where)

    def arms_frame(self, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
        """One row an arm of the study's designs; columns `frames.ARM_SCHEMA`."""
        return self._read(frames.arms_frame, study, where)

    def attempts_frame(self, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
        """One row an attempt made for a study; columns `attempts.ATTEMPT_SCHEMA`. See `attempts.attempts_frame`."""
        return self._read(attempts.attempts_frame, study, where)

    def news(self, study: str) -> str:
        """A short text that changes whenever the ledger says something new of a study. See `news.news`."""
        return self._read(news.news, study)
