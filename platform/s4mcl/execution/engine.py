"""The engine: what is due next, and what becomes of it. It knows neither Ray nor time, so it is tested without both."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.execution.agenda import Agenda
from s4mcl.execution.endings import Endings
from s4mcl.execution.pack import Pack
from s4mcl.execution.place import Place
from s4mcl.execution.room import Room
from s4mcl.execution.spending import Spending
from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Ledger, Owner, Share, TrialState, Worker
from s4mcl.search.early_stopping import Verdict
from s4mcl.stages.cohort import Result
from s4mcl.stages.finite import finite
from s4mcl.stages.keying import Keying
from s4mcl.stages.sources import sources_of
from s4mcl_trainables.training.assignment import Assignment

BLOCKED_LOOKS = 8  # how many trials that another driver has are looked at for one pack
GIVEN_BACK = ("no_space", "moved")  # endings after which a trial goes on later, from its checkpoint
FULL_DISK = ("No space left on device", "Disk quota exceeded")

logger = logging.getLogger(__name__)


class Engine:
    """Hands out packs (`next_pack`), takes results (`record`) and endings (`close`) until `finished`.

    Attributes:
        packs: those that were handed out and have not ended, by name.
        best: the best validation score of each method that has one.
        untested: what kept a trained trial from being judged on the test part, a text each.
        stop_reason: why nothing more is begun and what runs is given back; None while all is well.
        limit: which limit of the study is used up, so that nothing more is begun; None while there is none.
    """

    def __init__(
        self,
        config: StudyConfig,
        ledger: Ledger,
        keying: Keying,
        place: Place,
        *,
        provenance: Mapping[str, Any],
        owner: Owner | None = None,
        room: Room | None = None,
    ) -> None:
        self.config, self.ledger, self.keying, self.place = config, ledger, keying, place
        self.provenance = provenance
        self.owner = owner or Owner.this_process()
        self.room = room or Room(ledger.storage)
        self.packs: dict[str, Pack] = {}
        self.best = ledger.best_scores(config.name, "search")
        self.stop_reason: str | None = None
        self.limit: str | None = None
        self.interrupted = False
        self.endings = Endings(config.name, ledger, place, self.owner)
        trials, seconds = ledger.trained_for(config.name)
        gpus = config.cluster.gpus_per_pack
        self.spending = Spending(
            config.limits, trials=trials, seconds=seconds, gpus=gpus if isinstance(gpus, float | int) else 0.0
        )
        sources = sources_of(config, keying, ledger)
        self.agenda = Agenda(
            config.name,
            sources,
            ledger,
            keying,
            on_score=self._note_score,
            on_stopped=self._prune_waiting,
            same_config=config.reuse == "same-config",
        )
        self._gone: set[str] = set()  # keys of completed trials whose checkpoint cannot be read any more
        self._twins: dict[str, list[Waiting]] = defaultdict(list)

    def again(self) -> "Engine":
        """A new engine of this run, from what the ledger holds: after a failed write this one may be ahead of it."""
        self.ledger.release_held(self.owner)
        engine = Engine(
            self.config,
            self.ledger,
            self.keying,
            self.place,
            provenance=self.provenance,
            owner=self.owner,
            room=self.room,
        )
        engine.spending.go_on_from(self.spending)
        return engine

    @property
    def untested(self) -> list[str]:
        """What kept a trained trial from being judged on the test part, a text each."""
        return self.endings.untested

    @property
    def finished(self) -> bool:
        """Whether nothing is waiting, running or still to come, or the study has been stopped or used a limit up."""
        if self.stop_reason is not None or self.agenda.finished:
            return True
        goes_on = self.spending.used_up() is None and len(self.agenda.line) > 0
        return self.limit is not None and not self.packs and not goes_on

    def due(self) -> bool:
        """Whether anything is left to train or to judge, and may be."""
        self.agenda.refill()
        if not self.agenda.finished:
            self._look_at_limits()
        return not self.finished

    def next_pack(self) -> tuple[str, list[Assignment]] | None:
        """A pack that may begin now: its name and what it trains; None while everything waits for something running."""
        self.agenda.line.unblock(BLOCKED_LOOKS)
        while self._may_begin():
            found = self.agenda.gather() if self.limit is None else []
            with self.ledger.transaction():  # what is planned and claimed for one pack costs one commit
                more = self.agenda.open(found)
                waiting = None if more else self.agenda.line.pop()
                pack = None if waiting is None else self._begin(waiting)
            if pack is not None:
                while pack.name in self.packs:  # a trial that left its pack begins again before that ends
                    pack.name += "+"
                self.packs[pack.name] = pack
                return pack.name, list(pack.assignments.values())
            if waiting is None and not found:
                return None
        return None

    def record(
        self, name: str, told: Sequence[Mapping[str, Any]], worker: Worker | None = None, since: float = 0.0
    ) -> bool:
        """Write what a pack reported of its trials; twice changes nothing.

        Args:
            name: of the pack.
            told: for each trial {"key", "attempt", "reports", "ending", "seconds"}.
            worker: who trains it, as far as that is known.
            since: seconds since the worker began the pack.

        Returns:
            Whether the pack goes on.
        """
        pack = self.packs.get(name)
        if pack is None:
            return False
        with self.ledger.transaction():  # reports, endings and what follows from them: all of it or none
            if worker is not None and worker != pack.worker:
                self.ledger.heard(pack.attempts, worker, since)
                pack.worker = worker
            self._record(pack, [member for member in told if member["key"] in pack.assignments])
        return name in self.packs

    def _record(self, pack: Pack, told: Sequence[Mapping[str, Any]]) -> None:
        lost = [member["key"] for member in told if not self.endings.write(pack, member)]
        for member in told:
            pack.heard(member)
            for note in member.get("notes", ()):
                logger.warning("%s: %s", pack.described(member["key"]), note)
        for key in lost:  # another driver took the trial over, and will say what came of it
            waiting = pack.waiting.with_members([pack.member(key)])
            self._over(pack, key)
            self.agenda.line.put(waiting)
        for member in told:
            if member["key"] not in lost:
                self.agenda.hear(pack.waiting, member["key"], member["reports"])
        for member in told:
            if member["ending"] is not None and member["key"] in pack.assignments:
                self._end(pack, member["key"], member["ending"])
        self._judge(pack)

    def close(self, name: str, error: str | None, trace: str = "") -> None:
        """A task is over. If its trials have not ended, its worker died too often, or the run was interrupted.

        Args:
            error: in one line, what the worker died of; None: the trials were not trained to their end.
            trace: the whole text of the error.
        """
        pack = self.packs.get(name)
        if pack is None:
            return
        if error is None or any(sign in error for sign in FULL_DISK):
            self._requeue(pack)
            if error is not None:
                self._pause(0)
            return
        for key in list(pack.assignments):  # of all of them, though one may have been at fault
            self.agenda.given_up.add(key)
            self.endings.given_up(pack, key, error, trace)
            self._over(pack, key)
            self.agenda.told(pack.waiting, pack.member(key), Result(None, {}, pack.reached.get(key, 0)))
        self._judge(pack)

    def retried(self, name: str, error: str) -> None:
        """A worker died, and another one goes on with its pack."""
        if name in self.packs:
            pack = self.packs[name]
            text = f"{pack.described(next(iter(pack.assignments)))}: the worker died and another goes on: {error}"
            logger.warning(text)
            self.ledger.record_event(self.config.name, "retried", text)

    def hangs(self, name: str, seconds: float) -> None:
        """A pack has been silent for too long, and its worker is killed."""
        pack = self.packs[name]
        text = f"{pack.described(next(iter(pack.assignments)))}: silent for {seconds:.0f} s, its worker is killed"
        logger.warning(text)
        self.ledger.record_event(self.config.name, "silent", text)

    def stop(self, reason: str) -> None:
        """Begin nothing more; the first reason counts."""
        self.stop_reason = self.stop_reason or reason

    def interrupt(self) -> None:
        """Begin nothing more. Called by signal handlers, so it only sets values."""
        self.interrupted = True
        self.stop("Ctrl-C or SIGTERM")

    def look_at_the_clock(self) -> None:
        """End what runs when the wall time of the study is used up."""
        self.limit = self.limit or self.spending.out_of_time()
        if self.limit is not None and self.spending.out_of_time():
            self.stop(self.limit)

    def release_all(self) -> None:
        """Give back all that this driver holds, whatever it knows of it: it is planned again."""
        spent = {
            key: pack.seconds[key] for pack in self.packs.values() for key in pack.claimed & pack.assignments.keys()
        }
        self.packs.clear()
        with self.ledger.transaction():
            self.ledger.release(spent, self.owner, spent)
            self.ledger.release_held(self.owner)

    def renew(self) -> None:
        """Lengthen the leases; called from time to time while the driver lives."""
        self.ledger.renew(self.owner)

    def work(self) -> tuple[float, float] | None:
        """Seconds of training done by this run, and about as many as are still to do; None before a trial has ended."""
        line = self.agenda.line
        done = line.seconds_done()
        if not done:
            return None
        running = [pack.waiting.cohort.method for pack in self.packs.values() for _ in pack.assignments]
        return done, sum(line.seconds_of(method) or 0.0 for method in [*self.agenda.to_come(), *running])

    def _may_begin(self) -> bool:
        if self.stop_reason is not None or not self.room.is_there():
            return False
        self._look_at_limits()
        return self.spending.used_up() is None

    def _look_at_limits(self) -> None:
        """When no new trial may begin, those that have begun stay in the line."""
        before, self.limit = self.limit, self.spending.used_up() or self.spending.no_new_trial()
        if before is None and self.limit is not None:
            self.agenda.line.keep(self._begun)

    def _begun(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        states = self.ledger.states(member.key for each in waiting for member in each.members)
        return [each for each in waiting if all(is_begun(states[member.key]) for member in each.members)]

    def _begin(self, waiting: Waiting) -> Pack | None:
        """Claim what is left of a cohort, or only the test part of what was trained before; None while it cannot be."""
        running = {key for pack in self.packs.values() for key in pack.assignments}
        for member in waiting.members:
            if member.key in running:
                self._twins[member.key].append(waiting)
                return None
        states = self.ledger.states(member.key for member in waiting.members)
        left = self.agenda.left_of(waiting, states)
        if not left:
            return None
        wanted = {m.key: states[m.key] for m in left if states[m.key].state != "completed" or m.key in self._gone}
        if self.limit is not None and not all(map(is_begun, wanted.values())):
            return None  # no new trial may begin; another run, with a larger limit, looks at it again
        attempts = self._claim(waiting, wanted) if wanted else {}
        if attempts is None:
            self.agenda.line.block(waiting.with_members(left))
            return None
        rungs = waiting.source.rungs if waiting.cohort.together else ()
        assignments = {}
        for member in left:
            if member.key in attempts:
                given = self.place.assignment(
                    member, attempts[member.key], self.keying.profile, test=waiting.cohort.test, checkpoint_at=rungs
                )
            else:
                state = states[member.key]
                folder = self.place.storage / (state.artifacts or "")
                given = self.place.assignment(member, state.attempt, self.keying.profile, test=True, folder=folder)
            assignments[member.key] = given
        spent = {key: states[key].seconds or 0.0 for key in attempts}
        return Pack(waiting.with_members(left), assignments, frozenset(attempts), spent)

    def _claim(self, waiting: Waiting, wanted: Mapping[str, TrialState]) -> dict[str, int] | None:
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
            share=Share(self.config.cluster.cpus_per_pack / len(wanted), self.spending.gpus / len(wanted)),
        )
        if not attempts:
            return None
        self._gone.difference_update(attempts)
        for state in wanted.values():
            trained_for = (state.trained_for or (None,))[0]
            if not is_begun(state) or (state.state != "planned" and trained_for != self.config.name):
                self.spending.begun()
        return attempts

    def _end(self, pack: Pack, key: str, ending: Mapping[str, Any]) -> None:
        """A worker said how a trial ended."""
        member, outcome = pack.member(key), ending["outcome"]
        if outcome in GIVEN_BACK:
            self._give_back(pack, key, "moved" if outcome == "moved" else "released")
            if outcome == "no_space":
                self._pause(int(ending["detail"].get("needed") or 0))
        elif outcome == "data_error":
            self._give_back(pack, key)
            if key in pack.claimed:
                self.stop(str(ending["detail"].get("text", "the data cannot be read")))
            else:  # what it was trained to cannot be read any more: it is trained again
                self._gone.add(key)
        else:
            if key in pack.claimed:
                self.agenda.line.note_cost(pack.waiting.cohort.method, ending["seconds"])
            score = finite(ending["summary"].get("val_score")) if outcome == "completed" else None
            self._over(pack, key)
            self.agenda.told(pack.waiting, member, Result(score, ending["summary"], int(ending["iterations"])))

    def _pause(self, needed: int) -> None:
        """Begin nothing more until so many bytes are free."""
        text = self.room.ran_out(needed)
        logger.warning(text)
        self.ledger.record_event(self.config.name, "paused", text)

    def _judge(self, pack: Pack) -> None:
        """What early stopping, or a failed seed, makes of what is left of a pack."""
        if pack.assignments:
            if self.agenda.verdict(pack.waiting) is Verdict.WAIT:
                left = pack.left()
                self._release(pack)
                self.agenda.park(left)
            elif pack.waiting.cohort.ended:
                self._prune(pack)
                self.agenda.end_if_over(pack.waiting)
        if pack.waiting.cohort.together:
            self.agenda.review()

    def _prune(self, pack: Pack) -> None:
        for key in list(pack.assignments):
            self.endings.pruned(pack, key)
            self._over(pack, key)

    def _prune_waiting(self, waiting: Waiting) -> None:
        running = {key for pack in self.packs.values() for key in pack.assignments}
        self.endings.prune_waiting(waiting.cohort, running, self.provenance)

    def _requeue(self, pack: Pack) -> None:
        left = pack.left()
        self._release(pack)
        self.agenda.look([left])

    def _release(self, pack: Pack) -> None:
        """Give back all that is left of a pack."""
        held = [key for key in pack.assignments if key in pack.claimed]
        self.ledger.release(held, self.owner, {key: pack.seconds[key] for key in held})
        for key in list(pack.assignments):
            self._over(pack, key)

    def _give_back(self, pack: Pack, key: str, ended: str = "released") -> None:
        """Give one trial back; it joins the line again."""
        waiting = pack.waiting.with_members([pack.member(key)])
        if key in pack.claimed:
            self.ledger.release([key], self.owner, {key: pack.seconds[key]}, ended=ended)
        self._over(pack, key)
        self.agenda.line.put(waiting)

    def _over(self, pack: Pack, key: str) -> None:
        """A trial is no longer under way in a pack; whoever waited for it looks again."""
        del pack.assignments[key]
        if key in pack.claimed:
            self.spending.trained(pack.seconds[key] - pack.before[key])
        if not pack.assignments:
            self.packs.pop(pack.name, None)
        twins = self._twins.pop(key, [])
        if twins:
            self.agenda.look(twins)

    def _note_score(self, method: str, score: float) -> None:
        self.best[method] = max(score, self.best.get(method, score))


def is_begun(state: TrialState) -> bool:
    """Whether somebody has trained it, so that going on with it begins no new trial."""
    return state.attempt > 0
