"""The agenda: which cohorts are open, what of them is left to train, and who waits for whom."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from s4mcl.execution.waiting_line import Waiting, WaitingLine
from s4mcl.ledger import Ledger, PlannedTrial, TrialState
from s4mcl.ledger.trials import LOST, STOPPED
from s4mcl.search.early_stopping import Verdict
from s4mcl.stages.cohort import Cohort, KeyedTrial, Result
from s4mcl.stages.finite import finite
from s4mcl.stages.keying import Keying
from s4mcl.stages.source import Source

UNDONE = ("planned", "running", "pruned")


class Agenda:
    """Opens the cohorts of all sources, takes over what the ledger holds of them, and lines up the rest.

    Attributes:
        line: who waits for a worker.
        parked: who waits at a rung for the verdict.
        given_up: keys of trials that this run trains no more: their worker died too often, or a person stopped them.
    """

    def __init__(
        self,
        study: str,
        sources: Sequence[Source],
        ledger: Ledger,
        keying: Keying,
        *,
        on_score: Callable[[str, float], None],
        on_stopped: Callable[[Waiting], None],
        same_config: bool = False,
        retry_stopped: bool = False,
        surface_distances: bool = False,
    ) -> None:
        """Make an agenda that has opened nothing.

        Args:
            on_score: called with method and validation score of each trial that has one.
            on_stopped: called when a cohort has ended though not all of its trials have.
            same_config: whether completed trials of other code or another numeric profile count.
            retry_stopped: whether trials that a person stopped in an earlier run are trained.
            surface_distances: whether trials that were judged without distances between outlines are judged again.
        """
        self.study, self.sources, self.ledger, self.keying = study, sources, ledger, keying
        self.line = WaitingLine()
        self.parked: list[Waiting] = []
        self.given_up: set[str] = set()
        self.same_config, self.retry_stopped = same_config, retry_stopped
        self.surface_distances = surface_distances
        self._on_score, self._on_stopped = on_score, on_stopped
        self._open: set[Cohort] = set()

    @property
    def finished(self) -> bool:
        """Whether nothing is open and nothing more will come."""
        return not self._open and all(source.finished for source in self.sources)

    def to_come(self) -> list[str]:
        """The method of every trial that is still to begin."""
        parked = [waiting.cohort.method for waiting in self.parked for _ in waiting.members]
        return [*self.line.methods(), *parked, *(method for source in self.sources for method in source.to_come())]

    def waiting_for(self, key: str) -> Waiting | None:
        """Who waits, for a worker or at a rung, with this trial."""
        everyone = (*self.line.everyone(), *self.parked)
        return next((each for each in everyone if any(member.key == key for member in each.members)), None)

    def refill(self) -> None:
        """Open what has become possible; a cohort that the ledger knows ends at once and may make others possible."""
        while found := self.gather():
            with self.ledger.transaction():
                self.open(found)

    def gather(self) -> list[tuple[Source, list[Cohort]]]:
        """What has become possible, by source. Samplers may take their time over it, so no transaction is open."""
        found = [(source, list(source.due())) for source in self.sources]
        return [(source, cohorts) for source, cohorts in found if cohorts]

    def open(self, found: list[tuple[Source, list[Cohort]]]) -> bool:
        """Plan the trials of new cohorts and look at them; whether one ended at once, so that more may be possible."""
        opened = []
        for source, due in found:
            source.opened(due)
            opened += [Waiting(source, cohort, cohort.first_wave) for cohort in self._shared(due)]
        self._open.update(waiting.cohort for waiting in opened)
        if opened:
            self._begin(opened)
        return any(waiting.cohort not in self._open for waiting in opened)

    def look(self, waiting: Iterable[Waiting]) -> None:
        """Take over what the ledger holds of these; line up, park or end the rest."""
        waiting = list(waiting)
        states = self.ledger.states(member.key for each in waiting for member in each.members)
        for each in waiting:
            self._look(each, states)

    def told(self, waiting: Waiting, member: KeyedTrial, result: Result) -> None:
        """A trial has ended."""
        cohort = waiting.cohort
        cohort.results[member.key] = result
        if result.score is not None:
            self._on_score(cohort.method, result.score)
        if cohort.one_by_one:
            waiting.source.seed_done(cohort)
            if not cohort.ended:
                self._next_seed(waiting)
        over = all(each.key in cohort.results for each in waiting.members)  # else whoever has the rest parks it
        if over and cohort.together and self.verdict(waiting) is Verdict.WAIT:
            self.park(waiting)
        self.end_if_over(waiting)

    def hear(self, waiting: Waiting, key: str, reports: Iterable[Mapping[str, Any]]) -> None:
        """Note a trial's scores at rungs."""
        if waiting.cohort.together:
            for report in reports:
                score = finite(report["values"].get("val_score"))
                waiting.source.hear(waiting.cohort, key, int(report["iteration"]), score)

    def verdict(self, waiting: Waiting) -> Verdict:
        """What becomes of a cohort by the rungs that it has reached."""
        return Verdict.GO_ON if waiting.cohort.stopped_at is not None else waiting.source.verdict(waiting.cohort)

    def park(self, waiting: Waiting) -> None:
        """Let a cohort wait at its rung."""
        self.parked.append(waiting)

    def review(self) -> None:
        """Look again at who waits at a rung: a verdict may have fallen, and the end of one may decide about another."""
        while decided := [each for each in self.parked if self.verdict(each) is not Verdict.WAIT]:
            found = decided[0]
            self.parked.remove(found)
            if found.cohort.stopped_at is not None:
                self.end_if_over(found)
            elif found.cohort.one_by_one:
                self._next_seed(found)
            else:
                self.look([found])

    def end_if_over(self, waiting: Waiting) -> None:
        """Tell the source of a cohort that has ended; what is to be said of it at a rung is said before."""
        cohort = waiting.cohort
        if cohort not in self._open or self.verdict(waiting) is Verdict.WAIT or not cohort.ended:
            return
        if cohort.together and len(cohort.results) < len(cohort.trials):
            self._on_stopped(waiting)
        self._open.discard(cohort)
        waiting.source.ended(cohort)
        if cohort.together or cohort.one_by_one:
            self.review()

    def _shared(self, cohorts: list[Cohort]) -> list[Cohort]:
        """With reuse=same-config, trials of equal configuration take the place of those that are not there yet."""
        if not self.same_config:
            return cohorts
        members = [member for cohort in cohorts for member in cohort.trials]
        states = self.ledger.states(member.key for member in members)
        there = {key for key, state in states.items() if state.state == "completed"}
        wanted = {member.same_config: member.key for member in members if member.key not in there}
        known = self.ledger.same_config(digest for digest in wanted if digest is not None)
        other = {wanted[digest]: key for digest, key in known.items()}
        for cohort in cohorts:
            cohort.trials = tuple(replace(member, key=other.get(member.key, member.key)) for member in cohort.trials)
        return cohorts

    def _begin(self, opened: list[Waiting]) -> None:
        stages = {each.cohort.stage for each in opened}
        for stage in stages:
            wanted = [each for each in opened if each.cohort.stage == stage]
            planned = [self._planned(each.cohort, member) for each in wanted for member in each.members]
            self.ledger.plan(self.study, stage, planned)
        self.look(part for each in opened for part in each.each())

    def _planned(self, cohort: Cohort, member: KeyedTrial) -> PlannedTrial:
        return PlannedTrial(
            key=member.key,
            cohort=member.cohort,
            trial=member.trial.to_dict(),
            proposal=cohort.proposal,
            dataset=self.keying.dataset,
            partition=self.keying.partition,
            same_config=member.same_config,
        )

    def _look(self, waiting: Waiting, states: Mapping[str, TrialState]) -> None:
        left = self.left_of(waiting, states)
        if left:
            self.line.put(waiting.with_members(left))

    def left_of(self, waiting: Waiting, states: Mapping[str, TrialState]) -> list[KeyedTrial]:
        """The trials that are still to train or to judge; none where the cohort has ended or waits at a rung."""
        if waiting.cohort.together and any(states[member.key].attempt for member in waiting.members):
            known = self.ledger.reports_of([member.key for member in waiting.cohort.trials])
            for member in waiting.cohort.trials:
                self.hear(waiting, member.key, known.get(member.key, ()))
            verdict = self.verdict(waiting)
            if verdict is Verdict.WAIT:
                self.park(waiting)
            if verdict is not Verdict.GO_ON:
                self.end_if_over(waiting)
                return []
        left = [member for member in waiting.members if not self.settle(waiting, member, states[member.key])]
        self.end_if_over(waiting)  # what was heard may have ended it
        return [] if waiting.cohort.ended else left

    def settle(self, waiting: Waiting, member: KeyedTrial, state: TrialState) -> bool:
        """Whether the ledger already holds all that the cohort wants of this trial; it then has ended."""
        if state.state in UNDONE:
            return False
        if state.state == "failed" and member.key not in self.given_up and self._tried_again(state):
            return False
        if state.state == "completed" and waiting.cohort.test and not self._judged(state):
            return False
        self.told(waiting, member, result_of(state))
        return True

    def _judged(self, state: TrialState) -> bool:
        """Whether a trial was judged on the test part by all that is asked for."""
        return state.tested and (state.distances or not self.surface_distances)

    def _tried_again(self, state: TrialState) -> bool:
        """Whether a failed trial may succeed: its workers died, or it was stopped for another study."""
        if state.outcome == STOPPED:
            return self.retry_stopped or (state.trained_for or (None,))[0] != self.study
        return state.outcome == LOST

    def _next_seed(self, waiting: Waiting) -> None:
        """One by one: the next seed begins if it is earned, or waits for the verdict."""
        cohort = waiting.cohort
        verdict = self.verdict(waiting)
        if verdict is Verdict.WAIT:
            self.park(waiting)
        elif verdict is Verdict.GO_ON:
            following = next(member for member in cohort.trials if member.key not in cohort.results)
            self._begin([waiting.with_members([following])])


def result_of(state: TrialState) -> Result:
    """What came out of a trial that the ledger holds the end of."""
    if state.state != "completed":
        return Result(None, {}, state.iterations or 0)
    summary = state.summary or {}
    return Result(finite(summary.get("val_score")), summary, state.iterations or 0)
