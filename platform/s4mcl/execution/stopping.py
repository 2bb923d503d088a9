"""Obeying who asks, with `s4mcl stop` or in the live app, to stop a trial or the whole study."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from s4mcl.execution.agenda import Agenda
from s4mcl.execution.endings import Endings
from s4mcl.execution.pack import Pack
from s4mcl.execution.under_way import UnderWay
from s4mcl.ledger import Ledger, Owner, StopRequest
from s4mcl.ledger.trials import STOPPED
from s4mcl.stages.cohort import Result

LOOK_SECONDS = 2.0  # between two looks at the ledger, each one short question

logger = logging.getLogger(__name__)


class Stopping:
    """Looks for requests, and ends the trials that they name.

    Attributes:
        seconds: between two looks.
        after: the number of the latest request that was obeyed. Each driver of a study counts for itself.
    """

    def __init__(
        self,
        study: str,
        ledger: Ledger,
        owner: Owner,
        *,
        agenda: Agenda,
        endings: Endings,
        under_way: UnderWay,
        provenance: Mapping[str, Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.study, self.ledger, self.owner = study, ledger, owner
        self.agenda, self.endings, self.under_way = agenda, endings, under_way
        self.provenance = provenance
        self.seconds = LOOK_SECONDS
        earlier = ledger.stop_requests(study)  # were for runs that have ended
        self.after = earlier[-1].id if earlier else 0
        self._clock, self._looked = clock, -float("inf")

    def look(self) -> str | None:
        """Obey what was asked since the last look, if it is time; why the study is to end, None while nobody asked."""
        if self._clock() - self._looked < self.seconds:
            return None
        self._looked = self._clock()
        asked = self.ledger.stop_requests(self.study, after=self.after)
        if not asked:
            return None
        self.after = asked[-1].id
        with self.ledger.transaction():
            self.ledger.see_requests(request.id for request in asked)
            for request in asked:
                if request.key is not None:
                    self._stop_trial(request.key, _who(request))
        return next((f"a stop was {_who(request)}" for request in asked if request.key is None), None)

    def _stop_trial(self, key: str, who: str) -> None:
        pack = self.under_way.pack_of(key)
        found = f"stopped, {who}"
        if pack is not None:
            self._stop_running(pack, key, found)
        elif not self._stop_waiting(key, found):
            logger.warning(
                "trial %s is not stopped, as was %s: it has ended, or another driver trains it", key[:12], who
            )

    def _stop_running(self, pack: Pack, key: str, text: str) -> None:
        """The trial ends now, its worker at its next report."""
        waiting = pack.waiting_of(key)
        together = waiting.cohort.together and sum(member.key in pack.assignments for member in waiting.members) > 1
        more = "; the other seeds of its proposal, which is judged by their mean, end with it" if together else ""
        reached, seconds = pack.reached.get(key, 0), pack.seconds.get(key, 0.0)
        with self.under_way.held(pack):
            self.endings.stopped(waiting, key, pack.attempts[key], text + more, iterations=reached, seconds=seconds)
            self.agenda.given_up.add(key)
            self.under_way.over(pack, key)
            self.agenda.told(waiting, pack.member(key), Result(None, {}, reached))
            self.under_way.judge(pack)

    def _stop_waiting(self, key: str, text: str) -> bool:
        """A trial that waits, for a worker or at a rung, fails as it is; whoever looks at it next hears of it."""
        waiting = self.agenda.waiting_for(key)
        if waiting is None:
            return False
        if self.ledger.states([key])[key].outcome == STOPPED:  # another driver of the study was faster
            self.agenda.given_up.add(key)
            return True
        taken = self.ledger.claim(
            [key],
            self.study,
            waiting.cohort.stage,
            self.owner,
            provenance=self.provenance,
            retry_failed=True,
            resume_pruned=True,
        )
        if key in taken:
            reports = self.ledger.reports_of([key])[key]
            reached = int(reports[-1]["iteration"]) if reports else 0
            seconds = self.ledger.states([key])[key].seconds or 0.0
            self.endings.stopped(waiting, key, taken[key], text, iterations=reached, seconds=seconds)
            self.agenda.given_up.add(key)
        return key in taken


def _who(request: StopRequest) -> str:
    return f"asked for by {request.asked_by} at {request.at:%F %T} UTC"
