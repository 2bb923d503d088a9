"""A search in the ablate stage: transform sets that a sampler proposes, all else as in the base."""

from collections.abc import Iterator
from functools import cached_property

from s4mcl.designs.arm import Arm
from s4mcl.designs.arrangement import Arrangement
from s4mcl.designs.transform_sets import PARAMETER, TransformSets
from s4mcl.search import Outcome, Proposal, Proposer
from s4mcl.stages.basis import STAGE, Basis
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.proposal_book import ProposalBook
from s4mcl.stages.source import Source
from s4mcl_trainables.label_fraction import middle_of


class SubsetSearch(Source):
    """A source: at each label fraction of the design a search whose only parameter is the set of transforms.

    Its proposals stand in the ledger under stage `ablate/NAME`, so that they mix with no other search's.
    """

    stage = STAGE

    def __init__(self, basis: Basis, name: str, design: TransformSets) -> None:
        self.basis, self.name, self.design = basis, name, design
        self.proposals_stage = f"{STAGE}/{name}"
        self._resumed = False
        self._recorded = 0

    @cached_property
    def proposers(self) -> dict[float, Proposer]:
        """One a label fraction, rebuilt from the ledger. Asked for once the search of the method is over."""
        return {fraction: self._proposer(fraction) for fraction in self.design.label_fractions or ()}

    @property
    def finished(self) -> bool:
        """Whether all proposals have been asked and told."""
        return self._is_ready() and all(proposer.finished for proposer in self.proposers.values())

    def to_come(self) -> list[str]:
        """The method of one trial a seed of each proposal that was not made yet."""
        left = self.design.most_trials() // len(self.design.seeds or (0,))
        if self._is_ready():
            left = sum(proposer.total - len(proposer.asked) for proposer in self.proposers.values())
        return [self.design.method] * (left * len(self.design.seeds or ()))

    def due(self) -> Iterator[Cohort]:
        """The cohorts of proposals that an earlier run did not see the end of, and of all that may be made now."""
        if not self._is_ready():
            return
        if not self._resumed:
            self._resumed = True
            for fraction, proposer in self.proposers.items():
                for proposal in proposer.pending:
                    yield self._cohort(fraction, proposal)
        for fraction, proposer in self.proposers.items():
            while proposer.ready():
                yield self._cohort(fraction, self._asked(fraction, proposer))
        self._record()

    def ended(self, cohort: Cohort) -> None:
        """Note the end of a cohort: its mean over the seeds, or that it failed."""
        assert cohort.proposal is not None
        score = cohort.score
        spent = sum(result.iterations for result in cohort.results.values())
        outcome = Outcome("completed" if score is not None else "failed", score, iterations=spent)
        fraction = middle_of(cohort.label_fraction)  # that of both tasks: designs have no other
        self.proposers[fraction].tell(cohort.proposal, outcome)
        self._book(fraction).tell(cohort.proposal, outcome)

    def _is_ready(self) -> bool:
        return self.basis.ready(self.design.method)

    def _proposer(self, fraction: float) -> Proposer:
        config, method = self.basis.config, self.design.method
        base = self.design.base(fraction, self.basis.best)
        why = self.design.useless(base)
        if why:
            self.basis.tell(self.name, [f"at {fraction:g}: the base alone, since in it {why}"])
        proposer = Proposer(
            self.design.space(),
            base,
            sampler=config.search.sampler,
            study_seed=config.search.seed,
            group=f"{self.proposals_stage}/{method}/{fraction:g}",
            total=1 if why else self.design.most_arms(),
            concurrency=config.cluster.proposals,
            deterministic=config.search.deterministic,
        )
        proposer.restore(self._book(fraction).known())
        return proposer

    def _book(self, fraction: float) -> ProposalBook:
        basis = self.basis
        return ProposalBook(basis.ledger, basis.config.name, self.proposals_stage, self.design.method, fraction)

    def _asked(self, fraction: float, proposer: Proposer) -> Proposal:
        """The next proposal, which the ledger holds from now on."""
        proposal = proposer.ask()
        self._book(fraction).record(proposal)
        return proposal

    def _cohort(self, fraction: float, proposal: Proposal) -> Cohort:
        arm = Arm(str(proposal.number), self.design.method, fraction, proposal.hyperparameters)
        return self.basis.cohort(self.design, arm, proposal.number)

    def _record(self) -> None:
        """Write the arms of all proposals so far down, each set once, when there are new ones."""
        asked = sum(len(proposer.asked) for proposer in self.proposers.values())
        if asked != self._recorded:
            self._recorded = asked
            self.basis.record(
                self.name, self.design, [arm for fraction in self.proposers for arm in self._arms(fraction)]
            )

    def _arms(self, fraction: float) -> tuple[Arm, ...]:
        """The base and the other sets in the order in which they were proposed; none before the base was asked."""
        asked = [proposal.hyperparameters for proposal in self.proposers[fraction].asked]
        if not asked:
            return ()
        first = self.design.block(fraction, lambda _method, _fraction: asked[0]).arms[0]
        others = [self.design.set_arm(fraction, asked[0], values[PARAMETER]) for values in asked[1:]]
        arranged = Arrangement.without_twins([first, *others], ())
        return (arranged.at(fraction) if len(self.proposers) > 1 else arranged).arms
