"""The proposer: what is tried next in one group, as a function of the seed and of what is known."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import optuna
from optuna.study import StudyDirection

from s4mcl.search.history import History, HistoryStorage
from s4mcl.search.iteration_budget import IterationBudget
from s4mcl.search.outcomes import Outcomes
from s4mcl.search.proposal import Outcome, Proposal
from s4mcl.search.sampler import sampler_named
from s4mcl.search.samplers.random import RandomSampler
from s4mcl.search.samplers.sampler import Beginning, Sampler
from s4mcl.search.space.space import Space
from s4mcl.search.told import Told

RETRIES = 2
CHANCES = 20


class Proposer:
    """Proposes hyperparameters for one group: study, stage, method and label fraction.

    Proposal 0 is the defaults, then come the starting points. Every other proposal k comes from a sampler that is
    seeded by (study seed, group, k). When deterministic, it is shown the outcomes of proposals 0 to k-c alone, in
    their order, c being the concurrency, and k-c+1 to k-1 as running, so the same proposals come out whatever finishes
    first; `ready` says when those are known. Otherwise it is shown everything known so far. Proposals that lie outside
    of the space are not shown to the sampler, which could not express them; they take part in `best`. A suggestion
    that was proposed before is drawn again, at last by chance, and stands if the space seems to hold no other.
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
        start: Sequence[Mapping[str, Any]] = (),
        warm: Sequence[tuple[Mapping[str, Any], Outcome]] = (),
        objectives: int = 1,
        constraints: int = 0,
        max_iterations: int | None = None,
        cost: int = 0,
    ) -> None:
        """Make a proposer that has proposed nothing.

        Args:
            space: what is searched.
            defaults: the method's hyperparameters, those that the user fixed put in.
            sampler: its name (`sampler_names`).
            study_seed: `search.seed`.
            group: any text that names the group.
            total: how many proposals there are, defaults and starting points included.
            concurrency: how many may be under way at once, at least 1.
            deterministic: whether proposals must not depend on the order of finishing.
            start: hyperparameters proposed right after the defaults, which give what is missing; doubles are left out.
            warm: hyperparameters and outcomes of other studies, shown to the sampler before its own and never counted.
            objectives: 1: the score; 2: `Outcome.objectives` has two values, and their Pareto set is searched.
            constraints: how many violations every outcome carries.
            max_iterations: training iterations that all proposals together may spend; None: no bound.
            cost: training iterations that one proposal spends at most, its seeds taken together.

        Raises:
            InputError: no such sampler, or it knows one objective only.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency: expected at least 1, found {concurrency}")
        if max_iterations is not None and cost < 1:
            raise ValueError(f"cost: expected at least 1 beside max_iterations, found {cost}")
        self.space = space
        self.defaults = dict(defaults)
        self.total = total
        self.concurrency = concurrency
        self.deterministic = deterministic
        self._seed = (study_seed, group)
        self._first = _distinct([self.defaults, *({**self.defaults, **given} for given in start)])
        told = Told(objectives, constraints)
        kind = sampler_named(sampler, objectives=objectives)
        self._history = History(space, self.defaults, told, warm, best=kind.best, last=kind.last)
        self._beginning = Beginning(
            space, self.defaults, proposal_seed(study_seed, group, 0), objectives, self._history.warm
        )
        self._sampler: Sampler = kind(self._beginning)
        self._budget = IterationBudget(max_iterations, cost)
        self._outcomes = Outcomes(told)
        self._proposals: list[Proposal] = []
        self._texts: set[str] = set()
        self._followed = 0
        self._shown: set[int] = set()
        self._cursor = 0  # all before it are shown

    @property
    def exhausted(self) -> bool:
        """Whether no further proposal will be made: all have been asked, or the iterations are used up."""
        return len(self._proposals) >= self.total or self._budget.used_up

    @property
    def finished(self) -> bool:
        """Whether all proposals have been asked and told."""
        return self.exhausted and len(self._outcomes) == len(self._proposals)

    @property
    def asked(self) -> list[Proposal]:
        """All proposals so far, by number."""
        return list(self._proposals)

    @property
    def pending(self) -> list[Proposal]:
        """Those asked and not yet told, by number."""
        unknown = range(self._outcomes.prefix, len(self._proposals))
        return [self._proposals[number] for number in unknown if number not in self._outcomes]

    @property
    def outcomes(self) -> dict[int, Outcome]:
        """All outcomes told, by the number of their proposal, ascending."""
        return {number: self._outcomes[number] for number in range(len(self._proposals)) if number in self._outcomes}

    @property
    def spent(self) -> int:
        """Training iterations of all told proposals."""
        return self._budget.spent

    def ready(self) -> bool:
        """Whether the next proposal may be asked now."""
        under_way = len(self._proposals) - len(self._outcomes)
        if self.exhausted or not self._budget.room(under_way):
            return False
        if self.deterministic and self._sampler.needs_outcomes:
            return self._outcomes.prefix >= self._horizon(len(self._proposals))
        return under_way < self.concurrency

    def ask(self) -> Proposal:
        """The next proposal.

        Raises:
            RuntimeError: it is not `ready`.
        """
        if not self.ready():
            raise RuntimeError(f"proposal {len(self._proposals)} of group {self._seed[1]!r} cannot be made yet")
        number = len(self._proposals)
        first = number < len(self._first)
        proposal = Proposal(number, deepcopy(self._first[number]) if first else self._suggest(number))
        self._note(proposal)
        return proposal

    def tell(self, number: int, outcome: Outcome) -> None:
        """Note how a proposal ended; higher scores are better. Telling the same again changes nothing.

        Raises:
            ValueError: the proposal was never asked, the state is unknown, or another outcome was told before.
        """
        if not 0 <= number < len(self._proposals):
            raise ValueError(f"proposal {number} was never asked; {len(self._proposals)} were")
        if self._outcomes.add(number, outcome):
            self._budget.end(outcome.iterations)

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
        for proposal, _ in rows:
            self._note(proposal)
        for proposal, outcome in rows:
            if outcome is not None:
                self.tell(proposal.number, outcome)

    def best(self) -> Proposal | None:
        """The completed proposal with the highest score among those that meet all constraints, the earliest of equals.

        When none meets them (`best_is_feasible`), that with the smallest sum of violations. None while there is none.
        """
        number = self._outcomes.best()
        return None if number is None else self._proposals[number]

    @property
    def best_is_feasible(self) -> bool:
        """Whether `best` is there and meets all constraints."""
        number = self._outcomes.best()
        return number is not None and self._outcomes[number].feasible

    def pareto(self) -> list[Proposal]:
        """The completed proposals that none dominates in both objectives, by falling first objective.

        Those that meet all constraints, or all when none does. With one objective: `best` alone.
        """
        return [self._proposals[number] for number in self._outcomes.pareto()]

    def _note(self, proposal: Proposal) -> None:
        self._proposals.append(proposal)
        self._texts.add(_text(proposal.hyperparameters))

    def _horizon(self, number: int) -> int:
        """How many proposals, from the first, must be known before this one."""
        return max(0, number - self.concurrency + 1)

    def _suggest(self, number: int) -> dict[str, Any]:
        shown: Sequence[Any] = []
        if self._sampler.needs_outcomes:
            self._catch_up(number)
            unseen = (other for other in range(self._cursor, number) if other not in self._shown)
            shown = self._history.shown([self._proposals[other] for other in unseen])
        for attempt in range(1 + RETRIES):
            found = self._draw(self._sampler, number, attempt, shown)
            if _text(found) not in self._texts:
                return found
        chance = RandomSampler(self._beginning)
        for attempt in range(1 + RETRIES, 1 + RETRIES + CHANCES):
            other = self._draw(chance, number, attempt, [])
            if _text(other) not in self._texts:
                return other
        return found

    def _draw(self, sampler: Sampler, number: int, attempt: int, shown: Sequence[Any]) -> dict[str, Any]:
        built = sampler.build(number, proposal_seed(*self._seed, number, attempt))
        directions = [StudyDirection.MAXIMIZE] * self._beginning.objectives
        study = optuna.create_study(storage=HistoryStorage(shown), sampler=built, directions=directions)
        with sampler.asking():
            return self.space.suggest(study.ask(), deepcopy(self.defaults))

    def _catch_up(self, number: int) -> None:
        """Let the sampler follow all proposals up to this one, with the outcomes that each might see."""
        for follower in range(self._followed, number + 1):
            live = follower == number and not self.deterministic
            end = number if live else self._horizon(follower)
            unseen = range(self._cursor, end)
            new = [other for other in unseen if other not in self._shown and other in self._outcomes]
            trials = [(other, self._history.add(self._proposals[other], self._outcomes[other])) for other in new]
            self._shown.update(new)
            while self._cursor in self._shown:
                self._cursor += 1
            self._sampler.follow(follower, [(other, trial) for other, trial in trials if trial is not None])
        self._followed = number + 1


def proposal_seed(study_seed: int, group: str, number: int, attempt: int = 0) -> int:
    """The seed of a proposal's sampler, below 2**32: from SHA-256 of study seed, group, number and a later attempt.

    Without a seed for each proposal, a sampler that is built again would suggest its first points again.
    """
    named = [study_seed, group, number, attempt] if attempt else [study_seed, group, number]
    text = json.dumps(named, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _text(hyperparameters: Mapping[str, Any]) -> str:
    return json.dumps(hyperparameters, sort_keys=True)


def _distinct(given: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({_text(hyperparameters): hyperparameters for hyperparameters in given}.values())
