"""Forms packs of what waits in the line: the next one, and the trials that go with it."""

from collections.abc import Callable, Sequence

from s4mcl.execution.agenda import Agenda
from s4mcl.execution.claiming import Claiming
from s4mcl.execution.pack import Pack
from s4mcl.execution.packing import Packing
from s4mcl.execution.shares import Shares
from s4mcl.execution.under_way import UnderWay
from s4mcl.execution.waiting_line import Waiting


class Forming:
    """Takes trials from the line of an agenda and claims them."""

    def __init__(
        self,
        agenda: Agenda,
        under_way: UnderWay,
        claiming: Claiming,
        *,
        shares: Shares,
        packing: Packing,
        iterations: int,
    ) -> None:
        """Begin; `iterations` is the budget of a trial."""
        self._agenda, self._under_way, self._claiming = agenda, under_way, claiming
        self._shares, self._packing, self._iterations = shares, packing, iterations

    def look(self, may_begin: Callable[[], bool], *, only_begun: Callable[[], bool]) -> Pack | bool:
        """A pack of who is next, not yet under way.

        Args:
            may_begin: whether another trial may begin; asked for each after the first.
            only_begun: whether no new trial may begin at all; asked for each.

        Returns:
            The pack; True: those who were next cannot begin, so others should be looked at; False: nobody is next.
        """
        found = self._next_in_line()
        pack = self._begun(found, may_begin, only_begun=only_begun)
        if pack is None:
            return bool(found)
        pack.program = self._packing.is_program(pack.method, pack.size)
        pack.measure = self._packing.to_measure(pack.method, self._agenda.to_come, self._iterations)
        return pack

    def _next_in_line(self) -> list[Waiting]:
        """Who is next and who goes with it into one pack, once there is a device for it; else nobody."""
        line = self._agenda.line
        first = line.pop()
        if first is None:
            return []
        more = self._packing.most(first) - len(first.members)
        found = [first, *line.take(first, more, self._packing.goes_with)]
        share = self._shares.of(first.cohort.method, _size(found))
        if self._shares.have_room(share, ((pack.gpus, pack.worker) for pack in self._under_way.packs.values())):
            return found
        for each in reversed(found):
            line.put_first(each)
        return []

    def _begun(
        self, found: Sequence[Waiting], may_begin: Callable[[], bool], *, only_begun: Callable[[], bool]
    ) -> Pack | None:
        pack: Pack | None = None
        for waiting in found:
            if self._under_way.wait_for_twin(waiting, pack.assignments if pack else ()):
                continue
            if pack is not None and not may_begin():  # a limit has been reached with those before
                self._agenda.line.put_first(waiting)
                continue
            others = _size(found) - len(waiting.members)
            part = self._claiming.begin(waiting, only_begun=only_begun(), others=others)
            if pack is not None and part is not None:
                pack.join(part)
            pack = pack or part
        return pack


def _size(found: Sequence[Waiting]) -> int:
    return sum(len(each.members) for each in found)
