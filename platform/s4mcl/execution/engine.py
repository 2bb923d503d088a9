"""The engine: what is due next, and what becomes of it. It knows neither Ray nor time, so it is tested without both."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl.stages import confirm, search
from s4mcl.stages.cohort import Cohort, KeyedTrial
from s4mcl.stages.keying import Keying
from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.training.assignment import Assignment

RETRIED = ("error",)  # outcomes that another attempt may mend: a worker died


@dataclass(frozen=True)
class Place:
    """Where a study's data and files are; absolute paths."""

    storage: Path
    dataset: Path
    partition: PartitionSpec


@dataclass
class Waiting:
    """A trial of a cohort that is neither running nor ended."""

    cohort: Cohort
    member: KeyedTrial


@dataclass
class Pack:
    """What one task trains, and for which cohort."""

    cohort: Cohort
    assignment: Assignment
    claimed: bool


class Engine:
    """Hands out packs (`next_pack`), takes results (`record`) and endings (`close`) until `finished`."""

    def __init__(
        self, config: StudyConfig, ledger: Ledger, keying: Keying, place: Place, provenance: Mapping[str, Any]
    ) -> None:
        self.config, self.ledger, self.keying, self.place = config, ledger, keying, place
        self.provenance = provenance
        self.owner = Owner.this_process()
        self.packs: dict[str, Pack] = {}
        self.waiting: list[Waiting] = []
        self.groups: dict[str, list[search.SearchGroup]] = defaultdict(list)
        self.open_cohorts: list[Cohort] = []
        self.costs: dict[str, tuple[float, int]] = {}
        self.confirmed: set[str] = set()
        self.best: dict[str, float] = {}
        self.stop_reason: str | None = None
        self.interrupted = False
        for group in search.search_groups(config, keying, ledger):
            self.groups[group.method].append(group)
            self._open(group.pending())

    @property
    def finished(self) -> bool:
        """Whether nothing is waiting, running or still to come."""
        return self.stop_reason is not None or (
            not self.packs and not self.waiting and len(self.confirmed) == len(self.groups)
        )

    def next_pack(self) -> tuple[str, Assignment] | None:
        """A pack that may begin now: its name and what it trains; None while everything waits for something running."""
        if self.stop_reason:
            return None
        self._refill()
        for waiting in sorted(self.waiting, key=self._urgency):
            pack = self._begin(waiting)
            if pack is not None:
                name = f"{waiting.cohort.stage}/{waiting.member.key}"
                self.packs[name] = pack
                return name, pack.assignment
        return None

    def record(self, name: str, member: Mapping[str, Any]) -> None:
        """Write what a pack reported of its trial: {"key", "attempt", "reports", "ending"}. Twice changes nothing."""
        pack = self.packs.get(name)
        if pack is None:
            return
        with self.ledger.transaction():
            if pack.claimed:
                self.ledger.add_reports(member["key"], member["attempt"], member["reports"])
            if member["ending"] is not None:
                self._record_ending(pack, member["key"], member["attempt"], member["ending"])
        if member["ending"] is not None:
            del self.packs[name]
            ending = member["ending"]
            self._note_cost(pack.cohort.method, ending["seconds"])
            self._ended(pack.cohort, member["key"], ending["summary"].get("val_score"))
            if ending["outcome"] == "data_error":
                self.stop_reason = str(ending["detail"].get("text", "the data cannot be read"))

    def close(self, name: str, error: str | None) -> None:
        """A task is over. If its trial has not ended, its worker died too often, or the run was interrupted."""
        pack = self.packs.pop(name, None)
        if pack is None:
            return
        key, attempt = pack.assignment.key, pack.assignment.attempt
        if error is None:
            self.ledger.release([key], self.owner)
            return
        if pack.claimed:
            detail = {"text": error}
            self.ledger.finish(key, attempt, state="failed", outcome="error", detail=detail, iterations=0, seconds=0.0)
        self._ended(pack.cohort, key, None)

    def due(self) -> bool:
        """Whether anything is left to train or to judge."""
        self._refill()
        return not self.finished

    def interrupt(self) -> None:
        """Begin nothing more."""
        self.interrupted = True
        self.stop_reason = "interrupted"

    def release_all(self) -> None:
        """Give back what is running: it is planned again."""
        for name in list(self.packs):
            self.close(name, None)

    def renew(self) -> None:
        """Lengthen the leases; called from time to time while the driver lives."""
        self.ledger.renew(self.owner)

    def still_to_come(self) -> int:
        """How many trials later proposals and confirmations will plan."""
        config = self.config
        groups = [group for method in self.groups.values() for group in method]
        proposals = sum(group.proposer.total - len(group.proposer.asked) for group in groups)
        unconfirmed = len(self.groups) - len(self.confirmed)
        return proposals * len(config.search.seeds) + unconfirmed * len(config.label_fractions) * len(config.seeds)

    def best_scores(self) -> dict[str, float]:
        """The best validation score of each method that has one."""
        return dict(self.best)

    def _refill(self) -> None:
        """Open what has become possible: proposals, and the confirmation of methods whose search is over."""
        progress = True
        while progress:  # a proposal that the ledger knows ends at once and may make the next one possible
            progress = False
            for method, groups in self.groups.items():
                for group in groups:
                    cohorts = list(group.due())
                    self._open(cohorts)
                    progress = progress or bool(cohorts)
                if method not in self.confirmed and all(group.finished for group in groups):
                    self.confirmed.add(method)
                    self._open(confirm.confirm_cohorts(self.config, self.keying, groups))

    def _open(self, cohorts: Iterable[Cohort]) -> None:
        for cohort in cohorts:
            planned = [self._planned(cohort, member) for member in cohort.trials]
            self.ledger.plan(self.config.name, cohort.stage, planned)
            self.open_cohorts.append(cohort)
            self.waiting += [Waiting(cohort, member) for member in cohort.trials]
            for member in cohort.trials:
                self._settle(cohort, member)

    def _planned(self, cohort: Cohort, member: KeyedTrial) -> PlannedTrial:
        return PlannedTrial(
            key=member.key,
            cohort=member.cohort,
            trial=member.trial.to_dict(),
            proposal=cohort.proposal,
            dataset=self.keying.dataset,
            partition=self.keying.partition,
        )

    def _settle(self, cohort: Cohort, member: KeyedTrial) -> bool:
        """Whether the ledger already holds all that the cohort wants of this trial; it then has ended."""
        state = self.ledger.states([member.key]).get(member.key)
        if state is None or state.state in ("planned", "running"):
            return False
        if state.state == "failed" and state.outcome in RETRIED and cohort.stage == confirm.STAGE:
            return False
        if state.state == "completed" and cohort.test and not state.tested:
            return False
        score = (state.summary or {}).get("val_score") if state.state == "completed" else None
        self.waiting = [each for each in self.waiting if each.cohort is not cohort or each.member is not member]
        self._ended(cohort, member.key, score)
        return True

    def _begin(self, waiting: Waiting) -> Pack | None:
        """Claim a trial, or only its test part where it was trained before; None while another driver has it."""
        cohort, member = waiting.cohort, waiting.member
        name = f"{cohort.stage}/{member.key}"
        if any(pack.assignment.key == member.key for pack in self.packs.values()) or name in self.packs:
            return None
        if self._settle(cohort, member):
            return None
        state = self.ledger.states([member.key])[member.key]
        if state.state == "completed":
            folder = self.place.storage / (state.artifacts or "")
            self.waiting.remove(waiting)
            return Pack(cohort, self._assignment(member, state.attempt, folder, test=True, trained=True), claimed=False)
        attempts = self.ledger.claim(
            [member.key],
            self.config.name,
            cohort.stage,
            self.owner,
            provenance=self.provenance,
            retry_failed=state.state == "failed",
        )
        if member.key not in attempts:
            return None
        self.waiting.remove(waiting)
        folder = self._folder(member.key, attempts[member.key])
        return Pack(cohort, self._assignment(member, attempts[member.key], folder, test=cohort.test), claimed=True)

    def _assignment(
        self, member: KeyedTrial, attempt: int, folder: Path, *, test: bool, trained: bool = False
    ) -> Assignment:
        return Assignment(
            trial=member.trial,
            key=member.key,
            attempt=attempt,
            folder=folder,
            dataset=self.place.dataset,
            partition=self.place.partition,
            profile=self.keying.profile,
            device=self.keying.profile.device,
            test=test,
            trained=trained,
            earlier=tuple(self._folder(member.key, number) for number in range(attempt - 1, 0, -1)),
        )

    def _folder(self, key: str, attempt: int) -> Path:
        return self.place.storage / "trials" / key / str(attempt)

    def _record_ending(self, pack: Pack, key: str, attempt: int, ending: Mapping[str, Any]) -> None:
        folder = pack.assignment.folder.relative_to(self.place.storage)
        if pack.claimed:
            kept = self.ledger.finish(
                key,
                attempt,
                state="completed" if ending["outcome"] == "completed" else "failed",
                outcome=ending["outcome"],
                detail=ending["detail"],
                iterations=ending["iterations"],
                seconds=ending["seconds"],
                summary=ending["summary"],
                artifacts=str(folder) if ending["outcome"] == "completed" else None,
            )
            if not kept:  # another driver has taken the trial over
                return
        if ending["test"] is not None:
            predictions = pack.assignment.folder / "predictions.npz"
            relative = str(folder / "predictions.npz") if predictions.is_file() else None
            self.ledger.record_test(key, self.config.name, ending["test"], relative)

    def _ended(self, cohort: Cohort, key: str, score: float | None) -> None:
        cohort.scores[key] = score
        if score is not None:
            self.best[cohort.method] = max(score, self.best.get(cohort.method, score))
        if cohort.ended and cohort in self.open_cohorts:
            self.open_cohorts.remove(cohort)
            if cohort.proposal is not None:
                self._group(cohort).tell(cohort)

    def _group(self, cohort: Cohort) -> search.SearchGroup:
        return next(group for group in self.groups[cohort.method] if group.fraction == cohort.label_fraction)

    def _note_cost(self, method: str, seconds: float) -> None:
        total, count = self.costs.get(method, (0.0, 0))
        self.costs[method] = (total + seconds, count + 1)

    def _urgency(self, waiting: Waiting) -> tuple[bool, float]:
        """Search first, since confirmation waits for it; then the longest, so that none is left alone at the end."""
        total, count = self.costs.get(waiting.cohort.method, (0.0, 0))
        return waiting.cohort.stage != search.STAGE, -(total / count) if count else -1e9
