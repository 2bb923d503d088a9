"""The proposer: what is tried next in one group, as a function of the seed and of what is known."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from s4mcl.search.history import HistoryStorage, optuna_trial, window
from s4mcl.search.proposal import STATES, Outcome, Proposal
from s4mcl.search.sampler import sampler_named
from s4mcl.search.space.space import Space


class Proposer:
    """Proposes hyperparameters for one group: study, stage, method and label fraction.

    Proposal 0 is the defaults. Proposal k comes from a fresh sampler, seeded by (study seed, group, k). When
    deterministic, it is shown the outcomes of proposals 0 to k-c alone, in their order, c being the concurrency, so
    the same proposals come out whatever finishes first; `ready` says when those are known. Otherwise it is shown
    everything known so far. Defaults that lie outside of the space are not shown to the sampler, which could not
    express them; they take part in `best`.
    """

    def __init__(
        self,
        space: Space,
        defaults: Mapping[str, Any],
        *,
        sampler: str,
        study_seed: int,
        group: str,
        total: int,
        concurrency: int,
        deterministic: bool = True,
    ) -> None:
        """Make a proposer that has proposed nothing.

        Args:
            space: what is searched.
            defaults: the method's hyperparameters, those that the user fixed put in.
            sampler: its name (`sampler_names`).
            study_seed: `search.seed`.
            group: any text that names the group.
            total: how many proposals there are, the defaults included.
            concurrency: how many may be under way at once, at least 1.
            deterministic: whether proposals must not depend on the order of finishing.

        Raises:
            InputError: no such sampler.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency: expected at least 1, found {concurrency}")
        self.space = space
        self.defaults = dict(defaults)
        self.total = total
        self.concurrency = concurrency
        self.deterministic = deterministic
        self._sampler = sampler_named(sampler)
        self._seed = (study_seed, group)
        self._proposals: list[Proposal] = []
        self._outcomes: dict[int, Outcome] = {}
        self._shown: dict[int, FrozenTrial | None] = {}

    @property
    def exhausted(self) -> bool:
        """Whether all proposals have been asked."""
        return len(self._proposals) >= self.total

    @property
    def finished(self) -> bool:
        """Whether all proposals have been asked and told."""
        return self.exhausted and not self.pending

    @property
    def asked(self) -> list[Proposal]:
        """All proposals so far, by number."""
        return list(self._proposals)

    @property
    def pending(self) -> list[Proposal]:
        """Those asked and not yet told, by number."""
        return [proposal for proposal in self._proposals if proposal.number not in self._outcomes]

    def ready(self) -> bool:
        """Whether the next proposal may be asked now."""
        if self.exhausted:
            return False
        if self.deterministic and self._sampler.needs_outcomes:
            return all(number in self._outcomes for number in range(self._horizon()))
        return len(self._proposals) - len(self._outcomes) < self.concurrency

    def ask(self) -> Proposal:
        """The next proposal.

        Raises:
            RuntimeError: it is not `ready`.
        """
        if not self.ready():
            raise RuntimeError(f"proposal {len(self._proposals)} of group {self._seed[1]!r} cannot be made yet")
        number = len(self._proposals)
        proposal = Proposal(number, deepcopy(self.defaults) if number == 0 else self._suggest(number))
        self._proposals.append(proposal)
        return proposal

    def tell(self, number: int, outcome: Outcome) -> None:
        """Note how a proposal ended; higher scores are better. Telling the same again changes nothing.

        Raises:
            ValueError: the proposal was never asked, the state is unknown, or another outcome was told before.
        """
        if not 0 <= number < len(self._proposals):
            raise ValueError(f"proposal {number} was never asked; {len(self._proposals)} were")
        if outcome.state not in STATES:
            raise ValueError(f"proposal {number}: expected one of {', '.join(STATES)}, found {outcome.state!r}")
        known = self._outcomes.setdefault(number, outcome)
        if (known.state, known.scored) != (outcome.state, outcome.scored):
            raise ValueError(f"proposal {number} was told as {known}, now as {outcome}")

    def restore(self, history: Iterable[tuple[Proposal, Outcome | None]]) -> None:
        """Take over what a ledger holds: proposals and what came of them (None: not told yet), in any order.

        Raises:
            ValueError: this proposer has proposed already, or the numbers are not 0, 1, 2, ...
        """
        if self._proposals:
            raise ValueError("a history is restored before anything is asked")
        rows = sorted(history, key=lambda row: row[0].number)
        numbers = [proposal.number for proposal, _ in rows]
        if numbers != list(range(len(rows))):
            raise ValueError(f"expected proposals numbered 0 to {len(rows) - 1}, found {numbers}")
        self._proposals = [proposal for proposal, _ in rows]
        for proposal, outcome in rows:
            if outcome is not None:
                self.tell(proposal.number, outcome)

    def best(self) -> Proposal | None:
        """The completed proposal with the highest score, the earliest of equals; None while there is none."""
        scores = {
            number: outcome.scored
            for number, outcome in self._outcomes.items()
            if outcome.state == "completed" and outcome.scored is not None
        }
        if not scores:
            return None
        return self._proposals[min(scores, key=lambda number: (-scores[number], number))]

    def _horizon(self) -> int:
        """How many proposals, from the first, must be known before the next one."""
        return max(0, len(self._proposals) - self.concurrency + 1)

    def _suggest(self, number: int) -> dict[str, Any]:
        sampler = self._sampler.build(proposal_seed(*self._seed, number))
        storage = HistoryStorage(window(self._visible()))
        study = optuna.create_study(storage=storage, sampler=sampler, direction="maximize")
        return self.space.suggest(study.ask(), deepcopy(self.defaults))

    def _visible(self) -> list[FrozenTrial]:
        if not self._sampler.needs_outcomes:
            return []
        end = self._horizon() if self.deterministic else len(self._proposals)
        shown = [self._trial(number) for number in range(end) if number in self._outcomes]
        return [trial for trial in shown if trial is not None]

    def _trial(self, number: int) -> FrozenTrial | None:
        if number not in self._shown:
            self._shown[number] = optuna_trial(self.space, self._proposals[number], self._outcomes[number])
        return self._shown[number]


def proposal_seed(study_seed: int, group: str, number: int) -> int:
    """The seed of a proposal's sampler, below 2**32: from SHA-256 of study seed, group and number.

    Without a seed for each proposal, a sampler that is built again would suggest its first points again.
    """
    text = json.dumps([study_seed, group, number], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
