"""The engine: what is due next, and what becomes of it. It knows neither Ray nor time, so it is tested without both."""

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.execution.place import Place
from s4mcl.execution.waiting_line import Waiting, WaitingLine
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl.ledger.trials import TrialState
from s4mcl.stages import confirm, search
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.keying import Keying
from s4mcl_trainables.training.assignment import Assignment

RETRIED = ("error",)  # outcomes that another attempt may mend: a worker died
BLOCKED_LOOKS = 8  # how many trials that another driver has are looked at for one pack
FULL_DISK = ("No space left on device", "Disk quota exceeded")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pack:
    """What one task trains, and for whom. Without a claim only the test part of a trained trial is left."""

    waiting: Waiting
    assignment: Assignment
    claimed: bool


class Engine:
    """Hands out packs (`next_pack`), takes results (`record`) and endings (`close`) until `finished`.

    Attributes:
        packs: those that were handed out and have not ended, by name.
        best: the best validation score of each method that has one.
        untested: what kept a trained trial from being judged on the test part, a text each.
        stop_reason: why nothing more is begun; None while all is well.
    """

    def __init__(
        self,
        config: StudyConfig,
        ledger: Ledger,
        keying: Keying,
        place: Place,
        *,
        provenance: Mapping[str, Any],
        owner: Owner | None = None,
    ) -> None:
        self.config, self.ledger, self.keying, self.place = config, ledger, keying, place
        self.provenance = provenance
        self.owner = owner or Owner.this_process()
        self.packs: dict[str, Pack] = {}
        self.line = WaitingLine()
        self.best: dict[str, float] = {}
        self.untested: list[str] = []
        self.stop_reason: str | None = None
        self.interrupted = False
        self._open_trials = 0
        self._twins: dict[str, list[Waiting]] = defaultdict(list)
        self._given_up: set[str] = set()
        self._confirmed: set[str] = set()
        self._groups: dict[str, list[search.SearchGroup]] = defaultdict(list)
        for group in search.search_groups(config, keying, ledger):
            self._groups[group.method].append(group)
            if group.best_score is not None:
                self._note_score(group.method, group.best_score)
        for group in self._all_groups():
            self._open([waiting for cohort in group.pending() for waiting in waiting_for(cohort)])

    @property
    def finished(self) -> bool:
        """Whether nothing is waiting, running or still to come, or the study has been stopped."""
        return self.stop_reason is not None or (not self._open_trials and len(self._confirmed) == len(self._groups))

    def due(self) -> bool:
        """Whether anything is left to train or to judge."""
        self._refill()
        return not self.finished

    def next_pack(self) -> tuple[str, Assignment] | None:
        """A pack that may begin now: its name and what it trains; None while everything waits for something running."""
        self.line.unblock(BLOCKED_LOOKS)
        while self.stop_reason is None:
            self._refill()
            waiting = self.line.pop()
            if waiting is None:
                return None
            pack = self._begin(waiting)
            if pack is not None:
                self.packs[waiting.name] = pack
                return waiting.name, pack.assignment
        return None

    def record(self, name: str, member: Mapping[str, Any]) -> None:
        """Write what a pack reported of its trial: {"key", "attempt", "reports", "ending"}. Twice changes nothing."""
        pack = self.packs.get(name)
        if pack is None:
            return
        ending = member["ending"]
        with self.ledger.transaction():
            if pack.claimed:
                self.ledger.add_reports(member["key"], member["attempt"], member["reports"])
            kept = ending is None or self._record_ending(pack, ending)
        if ending is None:
            return
        del self.packs[name]
        if ending["outcome"] == "data_error":
            self._data_error(pack, str(ending["detail"].get("text", "the data cannot be read")))
        elif not kept:  # another driver took the trial over, and will say what came of it
            self.line.put(pack.waiting)
        else:
            self._tell(pack, ending)
            if pack.claimed:
                self.line.note_cost(pack.waiting.cohort.method, ending["seconds"])
            self._ended(pack.waiting, finite(ending["summary"].get("val_score")))

    def close(self, name: str, error: str | None, trace: str = "") -> None:
        """A task is over. If its trial has not ended, its worker died too often, or the run was interrupted.

        Args:
            error: in one line, what the worker died of; None: the trial was not trained to its end.
            trace: the whole text of the error.
        """
        pack = self.packs.pop(name, None)
        if pack is None:
            return
        key = pack.assignment.key
        if error is None or any(sign in error for sign in FULL_DISK):
            self.ledger.release([key], self.owner)
            self.line.put(pack.waiting)
            if error is not None:
                self.stop(f"the disk is full ({error}).\nCure: make room, then repeat the command; it goes on")
            return
        detail = {"text": error, **({"trace": trace[-4000:]} if trace else {})}
        self._tell(pack, {"outcome": "error", "detail": detail, "summary": {}, "seconds": 0.0})
        if pack.claimed:
            self._given_up.add(key)
            self.ledger.finish(
                key, pack.assignment.attempt, state="failed", outcome="error", detail=detail, iterations=0, seconds=0.0
            )
        else:
            self.untested.append(error)
        self._ended(pack.waiting, None)

    def retried(self, name: str, error: str) -> None:
        """A worker died, and another one goes on with its pack."""
        if name in self.packs:
            text = f"{described(self.packs[name].waiting)}: the worker died and another goes on: {error}"
            logger.warning(text)
            self.ledger.record_event(self.config.name, "retried", text)

    def stop(self, reason: str) -> None:
        """Begin nothing more; the first reason counts."""
        self.stop_reason = self.stop_reason or reason

    def interrupt(self) -> None:
        """Begin nothing more. Called by signal handlers, so it only sets values."""
        self.interrupted = True
        self.stop("Ctrl-C or SIGTERM")

    def release_all(self) -> None:
        """Give back what is running: it is planned again."""
        for name in list(self.packs):
            self.close(name, None)

    def renew(self) -> None:
        """Lengthen the leases; called from time to time while the driver lives."""
        self.ledger.renew(self.owner)

    def work(self) -> tuple[float, float] | None:
        """Seconds of training done by this run, and about as many as are still to do; None before a trial has ended."""
        done = self.line.seconds_done()
        if not done:
            return None
        config = self.config
        left = [*self.line.methods(), *(pack.waiting.cohort.method for pack in self.packs.values())]
        for group in self._all_groups():
            left += [group.method] * (group.proposer.total - len(group.proposer.asked)) * len(config.search.seeds)
        for method in self._groups.keys() - self._confirmed:
            left += [method] * len(config.label_fractions) * len(config.seeds)
        return done, sum(self.line.seconds_of(method) or 0.0 for method in left)

    def _all_groups(self) -> list[search.SearchGroup]:
        return [group for groups in self._groups.values() for group in groups]

    def _refill(self) -> None:
        """Open what has become possible: proposals, and the confirmation of methods whose search is over."""
        progress = True
        while progress:  # a proposal that the ledger knows ends at once and may make the next one possible
            progress = False
            for method, groups in self._groups.items():
                for group in groups:
                    for cohort in group.due():
                        progress = True
                        self._open(waiting_for(cohort))
                if method not in self._confirmed and all(group.finished for group in groups):
                    self._confirmed.add(method)
                    cohorts = confirm.confirm_cohorts(self.config, self.keying, groups)
                    self._open([waiting for cohort in cohorts for waiting in waiting_for(cohort)])

    def _open(self, opened: list[Waiting]) -> None:
        """Plan the trials of one stage; those that the ledger holds already end at once."""
        if not opened:
            return
        self._open_trials += len(opened)
        planned = [self._planned(waiting) for waiting in opened]
        self.ledger.plan(self.config.name, opened[0].cohort.stage, planned)
        self._place(opened)

    def _place(self, opened: Iterable[Waiting]) -> None:
        opened = list(opened)
        states = self.ledger.states(waiting.member.key for waiting in opened)
        for waiting in opened:
            if not self._settle(waiting, states[waiting.member.key]):
                self.line.put(waiting)

    def _planned(self, waiting: Waiting) -> PlannedTrial:
        member = waiting.member
        return PlannedTrial(
            key=member.key,
            cohort=member.cohort,
            trial=member.trial.to_dict(),
            proposal=waiting.cohort.proposal,
            dataset=self.keying.dataset,
            partition=self.keying.partition,
        )

    def _settle(self, waiting: Waiting, state: TrialState) -> bool:
        """Whether the ledger already holds all that the cohort wants of this trial; it then has ended."""
        cohort = waiting.cohort
        if state.state in ("planned", "running"):
            return False
        if state.state == "failed" and state.outcome in RETRIED and waiting.member.key not in self._given_up:
            return False
        if state.state == "completed" and cohort.test and not state.tested:
            return False
        score = (state.summary or {}).get("val_score") if state.state == "completed" else None
        self._ended(waiting, finite(score))
        return True

    def _begin(self, waiting: Waiting) -> Pack | None:
        """Claim a trial, or only its test part where it was trained before; None while it is trained already."""
        cohort, member = waiting.cohort, waiting.member
        if any(pack.assignment.key == member.key for pack in self.packs.values()):
            self._twins[member.key].append(waiting)
            return None
        state = self.ledger.states([member.key])[member.key]
        if self._settle(waiting, state):
            return None
        assignment = self.place.assignment
        if state.state == "completed":
            folder = self.place.storage / (state.artifacts or "")
            return Pack(
                waiting, assignment(member, state.attempt, self.keying.profile, test=True, folder=folder), False
            )
        attempts = self.ledger.claim(
            [member.key],
            self.config.name,
            cohort.stage,
            self.owner,
            provenance=self.provenance,
            retry_failed=state.state == "failed",
        )
        if member.key not in attempts:
            self.line.block(waiting)
            return None
        return Pack(waiting, assignment(member, attempts[member.key], self.keying.profile, test=cohort.test), True)

    def _record_ending(self, pack: Pack, ending: Mapping[str, Any]) -> bool:
        """Write an ending; False when another driver has taken the trial over."""
        key, attempt, outcome = pack.assignment.key, pack.assignment.attempt, ending["outcome"]
        if outcome == "data_error":  # no verdict on the trial: the data are mended and it is trained again
            self.ledger.release([key], self.owner)
            return True
        folder = pack.assignment.folder.relative_to(self.place.storage)
        if pack.claimed and not self.ledger.finish(
            key,
            attempt,
            state="completed" if outcome == "completed" else "failed",
            outcome=outcome,
            detail=ending["detail"],
            iterations=ending["iterations"],
            seconds=ending["seconds"],
            summary=ending["summary"],
            artifacts=str(folder) if outcome == "completed" else None,
        ):
            return False
        if ending["test"] is not None:
            predictions = pack.assignment.folder / "predictions.npz"
            relative = str(folder / "predictions.npz") if predictions.is_file() else None
            self.ledger.record_test(key, self.config.name, ending["test"], relative)
        return True

    def _data_error(self, pack: Pack, text: str) -> None:
        """Data that a trial cannot be trained on stop the study; a trained trial that cannot be judged is only told."""
        self._tell(pack, {"outcome": "data_error", "detail": {"text": text}, "summary": {}, "seconds": 0.0})
        if pack.claimed:
            self.line.put(pack.waiting)
            self.stop(text)
        else:
            self.untested.append(text)
            self._ended(pack.waiting, None)

    def _tell(self, pack: Pack, ending: Mapping[str, Any]) -> None:
        """To the log how a trial ended, and to the ledger's events if not well."""
        score = finite(ending["summary"].get("val_score"))
        what = "trained" if pack.claimed else "judged"
        detail = ending["detail"]
        told = f"score {score:.4f}" if score is not None else " ".join(str(detail.get("text", dict(detail))).split())
        text = f"{described(pack.waiting)}: {ending['outcome']}, {told}, {what} in {ending['seconds']:.1f} s"
        if ending["outcome"] == "completed":
            logger.info(text)
            return
        logger.error(text)
        self.ledger.record_event(self.config.name, "failed", text, {"key": pack.assignment.key, **detail})

    def _ended(self, waiting: Waiting, score: float | None) -> None:
        cohort, key = waiting.cohort, waiting.member.key
        cohort.scores[key] = score
        self._open_trials -= 1
        if score is not None:
            self._note_score(cohort.method, score)
        if cohort.proposal is not None and cohort.ended:
            groups = self._groups[cohort.method]
            next(group for group in groups if group.fraction == cohort.label_fraction).tell(cohort)
        self._place(self._twins.pop(key, []))

    def _note_score(self, method: str, score: float) -> None:
        self.best[method] = max(score, self.best.get(method, score))


def waiting_for(cohort: Cohort) -> list[Waiting]:
    """Each trial of a cohort, waiting."""
    return [Waiting(cohort, member) for member in cohort.trials]


def described(waiting: Waiting) -> str:
    """Which trial this is, for the log."""
    trial = waiting.member.trial
    where = f"{waiting.cohort.stage} {trial.method} fraction {trial.label_fraction:g} seed {trial.seed}"
    return f"{where} ({waiting.member.key[:8]})"


def finite(score: float | None) -> float | None:
    """A score; None in place of NaN and infinity, as the ledger has them."""
    return score if score is not None and math.isfinite(score) else None
