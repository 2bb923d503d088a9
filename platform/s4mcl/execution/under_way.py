"""The packs under way: how what is left of one is given back, waits, or is pruned."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from s4mcl.execution.agenda import Agenda
from s4mcl.execution.endings import Endings
from s4mcl.execution.pack import Pack
from s4mcl.execution.spending import Spending
from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Ledger, Owner
from s4mcl.search.early_stopping import Verdict


class UnderWay:
    """Packs that were handed out and have not ended.

    Attributes:
        packs: by name.
    """

    def __init__(
        self,
        ledger: Ledger,
        owner: Owner,
        agenda: Agenda,
        *,
        endings: Endings,
        spending: Spending,
        provenance: Mapping[str, Any],
    ) -> None:
        self.ledger, self.owner, self.agenda = ledger, owner, agenda
        self.endings, self.spending, self.provenance = endings, spending, provenance
        self.packs: dict[str, Pack] = {}
        self._held: Pack | None = None
        self._twins: dict[str, list[Waiting]] = defaultdict(list)

    def add(self, pack: Pack) -> None:
        """A pack was handed out; no other under way has its name."""
        while pack.name in self.packs:  # a trial that left its pack begins again before that ends
            pack.name += "+"
        self.packs[pack.name] = pack

    def keys(self) -> set[str]:
        """Of all trials under way."""
        return {key for pack in self.packs.values() for key in pack.assignments}

    def pack_of(self, key: str) -> Pack | None:
        """The pack in which this driver trains a trial."""
        return next((pack for pack in self.packs.values() if key in pack.attempts), None)

    def wait_for_twin(self, waiting: Waiting) -> bool:
        """Whether one of these trials is under way already, for another cohort: they are looked at when that ends."""
        running = self.keys()
        key = next((member.key for member in waiting.members if member.key in running), None)
        if key is not None:
            self._twins[key].append(waiting)
        return key is not None

    def judge(self, pack: Pack) -> None:
        """What early stopping, or a failed seed, makes of what is left of a pack."""
        if pack.assignments:
            if self.agenda.verdict(pack.waiting) is Verdict.WAIT:
                left = pack.left()
                self.release(pack)
                self.agenda.park(left)
            elif pack.waiting.cohort.ended:
                for key in list(pack.assignments):
                    self._prune(pack, key)
                self.agenda.end_if_over(pack.waiting)
        if pack.waiting.cohort.together:
            self.agenda.review()

    @contextmanager
    def held(self, pack: Pack) -> Iterator[None]:
        """While it is being looked at, a pack is not pruned for what is found in it: `judge` comes last."""
        self._held = pack
        try:
            yield
        finally:
            self._held = None

    def prune_waiting(self, waiting: Waiting) -> None:
        """A cohort has ended although not all of its trials have: those in other packs, or waiting, are pruned.

        At once, since nobody opens the cohort again: a driver that died before would leave them running for ever.
        """
        for pack in [each for each in self.packs.values() if each.waiting.cohort is waiting.cohort]:
            for key in list(pack.assignments) if pack is not self._held else ():
                self._prune(pack, key)
        self.endings.prune_waiting(waiting.cohort, self.keys(), self.provenance)

    def requeue(self, pack: Pack) -> None:
        """Give back all that is left of a pack, to be looked at again; of a cohort that has ended it is pruned."""
        if pack.waiting.cohort.ended:
            for key in list(pack.assignments):
                self._prune(pack, key)
            return
        left = pack.left()
        self.release(pack)
        self.agenda.look([left])

    def release(self, pack: Pack) -> None:
        """Give back all that is left of a pack."""
        held = list(pack.attempts)
        self.ledger.release(held, self.owner, {key: pack.seconds[key] for key in held})
        for key in list(pack.assignments):
            self.over(pack, key)

    def give_back(self, pack: Pack, key: str, ended: str = "released") -> None:
        """Give one trial back; it joins the line again, unless its cohort has ended since another seed failed."""
        if pack.waiting.cohort.ended:
            self._prune(pack, key)
            return
        waiting = pack.waiting.with_members([pack.member(key)])
        if key in pack.claimed:
            self.ledger.release([key], self.owner, {key: pack.seconds[key]}, ended=ended)
        self.over(pack, key)
        self.agenda.line.put(waiting)

    def _prune(self, pack: Pack, key: str) -> None:
        self.endings.pruned(pack, key)
        self.over(pack, key)

    def release_all(self) -> None:
        """Give back all that this driver holds, whatever it knows of it."""
        spent = {key: pack.seconds[key] for pack in self.packs.values() for key in pack.attempts}
        for key in self.keys() - spent.keys():
            self.ledger.end_test(key)
        self.packs.clear()
        with self.ledger.transaction():
            self.ledger.release(spent, self.owner, spent)
            self.ledger.release_held(self.owner)

    def over(self, pack: Pack, key: str) -> None:
        """A trial is no longer under way in a pack; whoever waited for it looks again."""
        del pack.assignments[key]
        if key in pack.claimed:
            self.spending.trained(pack.seconds[key] - pack.before[key], pack.gpus)
        else:
            self.ledger.end_test(key)
        if not pack.assignments:
            self.packs.pop(pack.name, None)
        twins = self._twins.pop(key, [])
        if twins:
            self.agenda.look(twins)
