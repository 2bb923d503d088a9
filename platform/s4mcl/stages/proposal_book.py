"""What the ledger holds of one group's proposals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s4mcl.ledger import Ledger
from s4mcl.ledger.proposals import DifferentProposalError
from s4mcl.ledger.proposals import Proposal as RecordedProposal
from s4mcl.search import Outcome, Proposal
from s4mcl.stages.told import outcome_of
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class ProposalBook:
    """Writes down and reads the proposals of a group: one method at one label fraction in a stage of a study."""

    ledger: Ledger
    study: str
    stage: str
    method: str
    label_fraction: float

    def known(self) -> list[tuple[Proposal, Outcome | None]]:
        """All proposals by number, each with its outcome; None while it is running."""
        recorded = self.ledger.proposals(self.study, self.stage, self.method, self.label_fraction)
        return [(Proposal(found.number, found.hyperparameters), outcome_of(found)) for found in recorded]

    def counts(self) -> tuple[int, int]:
        """How many proposals there are, and how many of them are running."""
        return self.ledger.proposal_counts(self.study, self.stage, self.method, self.label_fraction)

    def record(self, proposal: Proposal) -> None:
        """Note a proposal as running."""
        self._record(proposal.number, proposal.hyperparameters)

    def tell(self, number: int, outcome: Outcome) -> None:
        """Note how a proposal ended."""
        self._tell(number, outcome, outcome.iterations)

    def copy(self, number: int, told: RecordedProposal) -> None:
        """Note a proposal of another group, and how it ended there, under a number of this one."""
        outcome = outcome_of(told)
        assert outcome is not None, "one that is running has no end to be copied"
        self._record(number, told.hyperparameters)
        self._tell(number, outcome, told.iterations)

    def _record(self, number: int, hyperparameters: Mapping[str, Any]) -> None:
        try:
            self.ledger.record_proposal(
                self.study,
                self.stage,
                method=self.method,
                label_fraction=self.label_fraction,
                number=number,
                hyperparameters=hyperparameters,
            )
        except DifferentProposalError as error:
            cure = "run this one alone, or begin anew with search.deterministic=true, which drivers may share"
            raise InputError(f"another driver runs study {self.study}: {error}.\nCure: {cure}") from error

    def _tell(self, number: int, outcome: Outcome, iterations: int | None) -> None:
        self.ledger.tell_proposal(
            self.study,
            self.stage,
            method=self.method,
            label_fraction=self.label_fraction,
            number=number,
            state=outcome.state,
            score=outcome.score,
            objectives=outcome.objectives,
            intermediate=outcome.intermediate or None,
            violations=outcome.violations or None,
            iterations=iterations,
        )
