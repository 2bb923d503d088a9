"""The search stage: every method is tuned with the same budget on validation data."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

from s4mcl.config import StudyConfig, fixed_hyperparameters, search_space
from s4mcl.ledger import Ledger
from s4mcl.search import Outcome, Proposal, Proposer
from s4mcl.search.constraint import read_constraints
from s4mcl.search.early_stopping import Judge, Verdict, judge_of
from s4mcl.search.proposal import State
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.keying import Keying
from s4mcl.stages.proposal_book import ProposalBook
from s4mcl.stages.source import Source
from s4mcl.stages.told import OBJECTIVES, objectives_of, violations_of
from s4mcl.stages.warm_start import warm_outcomes
from s4mcl_trainables.label_fraction import LabelFraction, middle_of
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import Problems

STAGE = "search"


class SearchGroup(Source):
    """A source: the search of one method at one label fraction, fed by the ledger and feeding it."""

    stage = STAGE

    def __init__(self, config: StudyConfig, keying: Keying, ledger: Ledger, method: str, fraction: float) -> None:
        self.config, self.keying, self.ledger = config, keying, ledger
        self.method, self.fraction = method, fraction
        self.book = ProposalBook(ledger, config.name, STAGE, method, fraction)
        self.defaults = fixed_hyperparameters(config, method)
        self.total = proposals_of(config, method, fraction)
        problems = Problems("the constraints of the search cannot be used")
        tasks = method_named(method).tasks
        self.constraints = [
            each for each in read_constraints(config.search.constraints, problems) if each.applies_to(tasks)
        ]
        self._pareto = config.search.objective == "pareto" and len(tasks) == len(OBJECTIVES)
        self._was_finished = self._look_finished()
        self._resumed = False
        self._told: dict[int, Outcome] = {}
        self._asked: dict[int, Proposal] = {}

    @cached_property
    def proposer(self) -> Proposer:
        """What is tried next, rebuilt from the ledger; a group that had finished is rebuilt only if it is asked."""
        bound = self.config.search.max_iterations
        proposer = Proposer(
            search_space(self.config, self.method),
            self.defaults,
            sampler=self.config.search.sampler,
            study_seed=self.config.search.seed,
            group=f"{STAGE}/{self.method}/{self.fraction:g}",
            total=self.total,
            concurrency=self.config.cluster.proposals,
            deterministic=self.config.search.deterministic,
            start=self.config.search.start.get(self.method, ()),
            warm=warm_outcomes(self.ledger, self.config.name, self.method, self.fraction),
            objectives=len(OBJECTIVES) if self._pareto else 1,
            constraints=len(self.constraints),
            max_iterations=None if bound is None else bound // len(self.config.search.label_fractions),
            cost=self.config.budget.iterations * len(self.config.search.seeds),
        )
        known = self.book.known()
        self._told = {proposal.number: outcome for proposal, outcome in known if outcome is not None}
        proposer.restore(known)
        return proposer

    @cached_property
    def judge(self) -> Judge | None:
        """Who decides which proposals end early, rebuilt from what was told; None where all train to their end."""
        search = self.config.search
        judge = judge_of(
            search.early_stopping, self.config.budget, seeds=len(search.seeds), in_order=search.deterministic
        )
        if judge is None:
            return None
        told = self._told if self.proposer else {}  # the proposer reads the ledger
        for number, outcome in sorted(told.items()):
            for rung, score in sorted(outcome.intermediate.items()):
                judge.report(number, rung, score)
        for number in sorted(told):
            judge.ended(number)
        return judge

    @property
    def finished(self) -> bool:
        """Whether all proposals have been asked and told."""
        return self._was_finished or self.proposer.finished

    @property
    def rungs(self) -> tuple[int, ...]:
        """Iterations at which the judge decides; empty where all train to their end."""
        return self.judge.rungs if self.judge is not None else ()

    def to_come(self) -> list[str]:
        """One trial a seed of each proposal that was not made yet."""
        if self._was_finished:
            return []
        return [self.method] * ((self.total - len(self.proposer.asked)) * len(self.config.search.seeds))

    def due(self) -> Iterator[Cohort]:
        """The cohorts of proposals that an earlier run did not see the end of, and of all that may be made now."""
        if self._was_finished:
            return
        if not self._resumed:
            self._resumed = True
            for proposal in self.proposer.pending:
                yield self._cohort(proposal)
        while self.proposer.ready():
            proposal = self.proposer.ask()
            self._asked[proposal.number] = proposal
            yield self._cohort(proposal)

    def opened(self, cohorts: Sequence[Cohort]) -> None:
        """Record the proposals that are new."""
        for cohort in cohorts:
            proposal = self._asked.pop(cohort.proposal or 0, None)
            if proposal is not None:
                self.book.record(proposal)

    def hear(self, cohort: Cohort, key: str, rung: int, score: float | None) -> None:
        """Note what a trial scored at an iteration; the judge is told the mean at rungs that all seeds have reached."""
        if self.judge is None or score is None or rung not in self.judge.rungs:
            return
        cohort.rungs.setdefault(key, {})[rung] = score
        self._tell_judge(cohort)

    def verdict(self, cohort: Cohort) -> Verdict:
        """What becomes of a cohort, by the rungs that it has reached."""
        assert cohort.proposal is not None
        for rung in self._reached(cohort):
            verdict = self.judge.verdict(cohort.proposal, rung) if self.judge else Verdict.GO_ON
            if verdict is Verdict.STOP:
                cohort.stopped_at = rung
            if verdict is not Verdict.GO_ON:
                return verdict
        return Verdict.GO_ON

    def ended(self, cohort: Cohort) -> None:
        """Note the end of a cohort: its mean over the seeds, that it was stopped early, or that it failed."""
        assert cohort.proposal is not None
        outcome = self._outcome(cohort)
        self.proposer.tell(cohort.proposal, outcome)
        self.book.tell(cohort.proposal, outcome)
        if self.judge is not None:
            self.judge.ended(cohort.proposal)

    def best(self) -> dict[str, object]:
        """The hyperparameters of the best proposal; the defaults when none was completed."""
        found = self.proposer.best()
        return found.hyperparameters if found else self.defaults

    def _look_finished(self) -> bool:
        """Whether the ledger holds the end of every proposal, told without rebuilding anything."""
        asked, running = self.book.counts()
        return asked >= self.total and not running

    def _cohort(self, proposal: Proposal) -> Cohort:
        search = self.config.search
        trials = self.keying.cohort(self.method, proposal.hyperparameters, self.fraction, search.seeds)
        kind = search.early_stopping.kind
        together, one_by_one = kind in ("asha", "median"), kind == "seeds"
        return Cohort(STAGE, trials, proposal=proposal.number, together=together, one_by_one=one_by_one)

    def _reached(self, cohort: Cohort) -> list[int]:
        rungs = self.judge.rungs if self.judge else ()
        if cohort.one_by_one:
            return [rung for rung in rungs if rung <= len(cohort.results) - cohort.failed]
        return [rung for rung in rungs if cohort.reached(rung) is not None]

    def _tell_judge(self, cohort: Cohort) -> None:
        """Rung after rung, up to the first at which it does not simply go on."""
        assert self.judge is not None
        assert cohort.proposal is not None
        for rung in self._reached(cohort):
            self.judge.report(cohort.proposal, rung, self._score_at(cohort, rung))
            if self.judge.verdict(cohort.proposal, rung) is not Verdict.GO_ON:
                return

    def _score_at(self, cohort: Cohort, rung: int) -> float:
        """The mean over the seeds at a rung; one by one, the mean over the first so many seeds."""
        if not cohort.one_by_one:
            score = cohort.reached(rung)
            assert score is not None
            return score
        first = [cohort.results[member.key].score for member in cohort.trials[:rung]]
        return sum(value for value in first if value is not None) / rung

    def seed_done(self, cohort: Cohort) -> None:
        """A seed of a cohort that trains one by one has ended: the judge is told the mean so far."""
        if self.judge is not None and not cohort.failed:
            self._tell_judge(cohort)

    def _outcome(self, cohort: Cohort) -> Outcome:
        intermediate = {rung: self._score_at(cohort, rung) for rung in self._reached(cohort)}  # of a failed one too:
        # others were judged beside it, and a judge that is rebuilt must judge the same
        if cohort.stopped_at is not None:
            intermediate = {rung: score for rung, score in intermediate.items() if rung <= cohort.stopped_at}
            score: float | None = intermediate[cohort.stopped_at]
            state: State = "pruned"
        else:
            score = cohort.score
            state = "completed" if score is not None else "failed"
        return Outcome(
            state,
            score,
            objectives=objectives_of(cohort) if state == "completed" else None,
            violations=violations_of(cohort, self.constraints) if state == "completed" else (),
            intermediate=intermediate,
            iterations=cohort.spent,
        )


def proposals_of(config: StudyConfig, method: str, fraction: float) -> int:
    """How many proposals a group has: those of the method, shared among its label fractions, the first ones rounded up.

    A method without a search space has its defaults as the only one; with search.trials=0 nothing is searched.
    """
    if config.search.trials == 0 or not search_space(config, method).parameters:
        return 0
    place = config.search.label_fractions.index(fraction)
    share, rest = divmod(config.search.trials, len(config.search.label_fractions))
    return share + (place < rest)


def search_groups(config: StudyConfig, keying: Keying, ledger: Ledger) -> list[SearchGroup]:
    """All groups of a study's search."""
    fractions = config.search.label_fractions
    return [
        SearchGroup(config, keying, ledger, method, fraction) for method in config.methods for fraction in fractions
    ]


def best_for(groups: list[SearchGroup], fraction: LabelFraction) -> dict[str, object]:
    """The best configuration of the group whose label fraction is nearest, by ratio, among one method's groups.

    Of unequal shares it is the geometric mean that a group is near to.
    """
    nearest = min(groups, key=lambda group: abs(math.log(group.fraction / middle_of(fraction))))
    return nearest.best()
