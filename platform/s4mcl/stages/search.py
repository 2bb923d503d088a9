"""The search stage: every method is tuned with the same budget on validation data."""

import math
from collections.abc import Iterator
from typing import Any

from s4mcl.config import StudyConfig, fixed_hyperparameters, search_space
from s4mcl.ledger import Ledger
from s4mcl.ledger.proposals import Proposal as RecordedProposal
from s4mcl.search import Outcome, Proposal, Proposer
from s4mcl.search.proposal import State
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.keying import Keying

STAGE = "search"


class SearchGroup:
    """The search of one method at one label fraction: a proposer, fed by the ledger and feeding it.

    `best_score` is that of the proposals that an earlier run had told.
    """

    def __init__(self, config: StudyConfig, keying: Keying, ledger: Ledger, method: str, fraction: float) -> None:
        self.config, self.keying, self.ledger = config, keying, ledger
        self.method, self.fraction = method, fraction
        self.best_score: float | None = None
        self.defaults = fixed_hyperparameters(config, method)
        self.proposer = Proposer(
            search_space(config, method),
            self.defaults,
            sampler=config.search.sampler,
            study_seed=config.search.seed,
            group=f"{STAGE}/{method}/{fraction:g}",
            total=proposals_of(config, method, fraction),
            concurrency=max(1, config.cluster.concurrency or 1),
            deterministic=config.search.deterministic,
        )
        self._restore()

    @property
    def finished(self) -> bool:
        """Whether all proposals have been asked and told."""
        return self.proposer.finished

    def due(self) -> Iterator[Cohort]:
        """The cohorts of all proposals that may be made now."""
        while self.proposer.ready():
            proposal = self.proposer.ask()
            self.ledger.record_proposal(
                self.config.name,
                STAGE,
                method=self.method,
                label_fraction=self.fraction,
                number=proposal.number,
                hyperparameters=proposal.hyperparameters,
            )
            yield self._cohort(proposal)

    def pending(self) -> Iterator[Cohort]:
        """The cohorts of proposals that an earlier run asked and did not see the end of."""
        for proposal in self.proposer.pending:
            yield self._cohort(proposal)

    def tell(self, cohort: Cohort) -> None:
        """Note the end of a cohort: its mean over the seeds, or that it failed."""
        assert cohort.proposal is not None
        state: State = "completed" if cohort.score is not None else "failed"
        self.proposer.tell(cohort.proposal, Outcome(state, cohort.score))
        self.ledger.tell_proposal(
            self.config.name,
            STAGE,
            method=self.method,
            label_fraction=self.fraction,
            number=cohort.proposal,
            state=state,
            score=cohort.score,
        )

    def best(self) -> dict[str, object]:
        """The hyperparameters of the best proposal; the defaults when none was completed."""
        found = self.proposer.best()
        return found.hyperparameters if found else self.defaults

    def _cohort(self, proposal: Proposal) -> Cohort:
        trials = self.keying.cohort(self.method, proposal.hyperparameters, self.fraction, self.config.search.seeds)
        return Cohort(STAGE, trials, proposal=proposal.number)

    def _restore(self) -> None:
        recorded = [
            found
            for found in self.ledger.proposals(self.config.name, STAGE)
            if found.method == self.method and math.isclose(found.label_fraction, self.fraction)
        ]
        self.best_score = max((found.score for found in recorded if found.score is not None), default=None)
        self.proposer.restore((Proposal(found.number, found.hyperparameters), outcome_of(found)) for found in recorded)


def outcome_of(recorded: RecordedProposal) -> Outcome | None:
    """What the ledger holds of a proposal's end; None while it is running."""
    state: Any = recorded.state
    return None if state == "running" else Outcome(state, recorded.score)


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


def best_for(groups: list[SearchGroup], fraction: float) -> dict[str, object]:
    """The best configuration of the group whose label fraction is nearest, by ratio, among one method's groups."""
    nearest = min(groups, key=lambda group: abs(math.log(group.fraction / fraction)))
    return nearest.best()
