"""Claims: what of a cohort that waits may be trained now, and under which attempt numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.execution.agenda import Agenda
from s4mcl.execution.pack import Pack
from s4mcl.execution.place import Place
from s4mcl.execution.shares import Shares
from s4mcl.execution.spending import Spending
from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Ledger, Owner, Share, TrialState
from s4mcl.stages.cohort import KeyedTrial
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.training.assignment import Assignment


class Claiming:
    """Makes packs of what waits.

    Attributes:
        gone: keys of completed trials whose checkpoint cannot be read any more: they are trained again.
    """

    def __init__(
        self,
        config: StudyConfig,
        ledger: Ledger,
        owner: Owner,
        agenda: Agenda,
        *,
        place: Place,
        profile: Profile,
        spending: Spending,
        shares: Shares,
        provenance: Mapping[str, Any],
    ) -> None:
        self.config, self.ledger, self.owner, self.agenda = config, ledger, owner, agenda
        self.place, self.profile, self.spending, self.provenance = place, profile, spending, provenance
        self.shares = shares
        self.gone: set[str] = set()

    def begin(self, waiting: Waiting, *, only_begun: bool, others: int = 0) -> Pack | None:
        """Claim what is left of a cohort, or only the test part of what was trained before; None while it cannot be.

        Args:
            waiting: none of it is under way.
            only_begun: whether no new trial may begin; another run, with a larger limit, looks at it again.
            others: trials that are to be in one pack with these.
        """
        states = self.ledger.states(member.key for member in waiting.members)
        left = self.agenda.left_of(waiting, states)
        if not left:
            return None
        wanted = {m.key: states[m.key] for m in left if states[m.key].state != "completed" or m.key in self.gone}
        if only_begun and not all(map(is_begun, wanted.values())):
            return None
        judged = [member.key for member in left if member.key not in wanted]
        free = all(self.ledger.begin_test(key) for key in judged)
        size = len(left) + others
        gpus = self.shares.of(waiting.cohort.method, size)
        attempts = self._claim(waiting, wanted, gpus, size) if free and wanted else {}
        if not free or attempts is None:
            for key in judged:
                self.ledger.end_test(key)
            self.agenda.line.block(waiting.with_members(left))
            return None
        given = {member.key: self._assignment(waiting, member, states[member.key], attempts) for member in left}
        spent = {key: states[key].seconds or 0.0 for key in attempts}
        return Pack((waiting.with_members(left),), given, frozenset(attempts), spent, gpus=gpus)

    def begun(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Those of which every trial was begun by somebody."""
        states = self.ledger.states(member.key for each in waiting for member in each.members)
        return [each for each in waiting if all(is_begun(states[member.key]) for member in each.members)]

    def _assignment(
        self, waiting: Waiting, member: KeyedTrial, state: TrialState, attempts: Mapping[str, int]
    ) -> Assignment:
        if member.key not in attempts:
            folder = self.place.storage / (state.artifacts or "")
            return self.place.assignment(member, state.attempt, self.profile, test=True, folder=folder)
        test, rungs = waiting.cohort.test, waiting.source.rungs if waiting.cohort.together else ()
        return self.place.assignment(member, attempts[member.key], self.profile, test=test, checkpoint_at=rungs)

    def _claim(
        self, waiting: Waiting, wanted: Mapping[str, TrialState], gpus: float, size: int
    ) -> dict[str, int] | None:
        """Attempt numbers of all keys, or None, with nothing claimed, while another driver has one of them."""
        found = {state.state for state in wanted.values()}
        attempts = self.ledger.claim(
            wanted,
            self.config.name,
            waiting.cohort.stage,
            self.owner,
            provenance=self.provenance,
            retry_failed="failed" in found,
            resume_pruned=True,
            retrain="completed" in found,
            whole=True,
            share=Share(self.config.cluster.cpus_per_pack / size, gpus / size),
        )
        if not attempts:
            return None
        self.gone.difference_update(attempts)
        for state in wanted.values():
            trained_for = (state.trained_for or (None,))[0]
            if not is_begun(state) or (state.state != "planned" and trained_for != self.config.name):
                self.spending.begun()
        return attempts


def is_begun(state: TrialState) -> bool:
    """Whether somebody has trained it, so that going on with it begins no new trial."""
    return state.attempt > 0
