"""The packs under way: how what is left of one is given back, waits, or is pruned."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
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

    def wait_for_twin(self, waiting: Waiting, also: Collection[str] = ()) -> bool:
        """Whether one of these trials is under way already, for another cohort: they are looked at when that ends.

        Args:
            also: keys of trials that are about to be.
        """
        running = self.keys().union(also)
        key = next((member.key for member in waiting.members if member.key in running), None)
        if key is not None:
            self._twins[key].append(waiting)
        return key is not None

    def judge(self, pack: Pack) -> None:
        """What early stopping, or a failed seed, makes of what is left of a pack."""
        for left in pack.left():
            if self.agenda.verdict(left) is Verdict.WAIT:
                self._release(pack, [left])
                self.agenda.park(left)
            elif left.cohort.ended:
                for member in left.members:
                    self._prune(pack, member.key)
                self.agenda.end_if_over(left)
        if any(part.cohort.together for part in pack.parts):
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
        for pack in [each for each in self.packs.values() if each is not self._held]:
            for left in [part for part in pack.left() if part.cohort is waiting.cohort]:
                for member in left.members:
                    self._prune(pack, member.key)
        self.endings.prune_waiting(waiting.cohort, self.keys(), self.provenance)

    def requeue(self, pack: Pack) -> None:
        """Give back all that is left of a pack, to be looked at again; of a cohort that has ended it is pruned."""
        left = pack.left()
        over = [part for part in left if part.cohort.ended]
        for member in (member for part in over for member in part.members):
            self._prune(pack, member.key)
        back = [part for part in left if part not in over]
        self._release(pack, back)
        self.agenda.look(back)

    def _release(self, pack: Pack, parts: Sequence[Waiting]) -> None:
        """Give back what is left of parts of a pack."""
        keys = [member.key for part in parts for member in part.members]
        held = [key for key in keys if key in pack.attempts]
        self.ledger.release(held, self.owner, {key: pack.seconds[key] for key in held})
        for key in keys:
            self.over(pack, key)

    def give_back(self, pack: Pack, key: str, ended: str = "released") -> None:
        """Give one trial back; it joins the line again, unless its cohort has ended since another seed failed."""
        waiting = pack.only(key)
        if waiting.cohort.ended:
            self._prune(pack, key)
            return
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
        pack.left_it.add(key)
        if key in pack.claimed:
            # As one program all of a pack's trials train all of the time; else one after the other.
            share = pack.gpus / pack.size if pack.program else pack.gpus
            self.spending.trained(pack.seconds[key] - pack.before[key], share)
        else:
            self.ledger.end_test(key)
        if not pack.assignments:
            self.packs.pop(pack.name, None)
        twins = self._twins.pop(key, [])
        if twins:
            self.agenda.look(twins)
