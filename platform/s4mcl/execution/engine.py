"""The engine: what is due next, and what becomes of it. It knows neither Ray nor time, so it is tested without both."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.execution.agenda import Agenda
from s4mcl.execution.claiming import Claiming
from s4mcl.execution.endings import UNDONE, Endings
from s4mcl.execution.forming import Forming
from s4mcl.execution.given_back import FULL_DISK, GivenBack
from s4mcl.execution.pack import Pack
from s4mcl.execution.packing import Packing
from s4mcl.execution.place import Place
from s4mcl.execution.room import Room
from s4mcl.execution.shares import Shares
from s4mcl.execution.spending import Spending
from s4mcl.execution.stopping import Stopping
from s4mcl.execution.under_way import UnderWay
from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Ledger, Owner, Worker
from s4mcl.stages.cohort import Result
from s4mcl.stages.finite import finite
from s4mcl.stages.keying import Keying
from s4mcl.stages.sources import sources_of
from s4mcl_trainables.training.assignment import Assignment

BLOCKED_LOOKS = 8  # how many trials that another driver has are looked at for one pack

logger = logging.getLogger(__name__)


class Engine:
    """Hands out packs (`next_pack`), takes results (`record`) and endings (`close`) until `finished`.

    Attributes:
        best: the best validation score of each method that has one.
        iterations: trained by this run, by method.
        peak_bytes: the largest memory that a worker of a method has told.
        shares: which share of a GPU each pack is given.
        packing: how many trials train as one program.
        untested: what kept a trained trial from being judged on the test part, a text each.
        stop_reason: why nothing more is begun and what runs is given back; None while all is well.
        limit: which limit of the study is used up, so that nothing more is begun; None while there is none.
        interrupted: whether a person stopped it: with a signal, or by a request.
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
        retry_stopped: bool = False,
    ) -> None:
        self.config, self.ledger, self.keying, self.place = config, ledger, keying, place
        self.provenance = provenance
        self.owner = owner or Owner.this_process()
        self.room = room or Room(ledger.storage)
        self.best = ledger.best_scores(config.name, "search")
        self.iterations: Counter[str] = Counter()
        self.peak_bytes: dict[str, int] = {}
        self.stop_reason: str | None = None
        self.limit: str | None = None
        self.interrupted = False
        self.endings = Endings(config.name, ledger, place, self.owner)
        self.shares = Shares(config.cluster, keying, ledger)
        self.packing = Packing(config.cluster, config.name, ledger)
        trials, seconds = ledger.trained_for(config.name)
        gpus = config.cluster.gpus
        if self.shares.auto and seconds:
            gpus = ledger.gpu_seconds(config.name) / seconds
        self.spending = Spending(config.limits, trials=trials, seconds=seconds, gpus=gpus)
        sources = sources_of(config, keying, ledger)
        self.agenda = Agenda(
            config.name,
            sources,
            ledger,
            keying,
            on_score=self._note_score,
            on_stopped=self._prune_waiting,
            same_config=config.reuse == "same-config",
            retry_stopped=retry_stopped,
            surface_distances=config.surface_distances,
        )
        self.under_way = UnderWay(
            ledger,
            self.owner,
            self.agenda,
            endings=self.endings,
            spending=self.spending,
            provenance=provenance,
        )
        self.claiming = Claiming(
            config,
            ledger,
            self.owner,
            self.agenda,
            place=place,
            profile=keying.profile,
            spending=self.spending,
            shares=self.shares,
            provenance=provenance,
        )
        self.forming = Forming(
            self.agenda,
            self.under_way,
            self.claiming,
            shares=self.shares,
            packing=self.packing,
            iterations=config.budget.iterations,
        )
        self.given_back = GivenBack(
            config.name,
            ledger,
            self.under_way,
            room=self.room,
            shares=self.shares,
            claiming=self.claiming,
            reaches_artifacts=place.reaches_artifacts,
            stop=self.stop,
        )
        self.stopping = Stopping(
            config.name,
            ledger,
            self.owner,
            agenda=self.agenda,
            endings=self.endings,
            under_way=self.under_way,
            provenance=provenance,
        )

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
            retry_stopped=self.agenda.retry_stopped,
        )
        engine.agenda.given_up |= self.agenda.given_up
        engine.spending.go_on_from(self.spending)
        engine.shares.go_on_from(self.shares)
        engine.packing.go_on_from(self.packing)
        engine.stopping.after = self.stopping.after
        return engine

    @property
    def packs(self) -> Mapping[str, Pack]:
        """Those that were handed out and have not ended, by name."""
        return self.under_way.packs

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
                tried = not more and self.forming.look(self._may_begin, only_begun=lambda: self.limit is not None)
            if isinstance(tried, Pack):
                self.under_way.add(tried)
                return tried.name, list(tried.assignments.values())
            if not tried and not found:
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

        Raises:
            InputError: the predictions of a trial could not be brought here; nothing was written.
        """
        pack = self.packs.get(name)
        if pack is None:
            return False
        ended = [member["key"] for member in told if (member["ending"] or {}).get("outcome") == "completed"]
        self.place.bring((pack.assignments[key].folder for key in ended if key in pack.assignments), anew=True)
        # Reports, endings and what follows from them: all of it or none.
        with self.ledger.transaction(), self.under_way.held(pack):
            if worker is not None and worker != pack.worker:
                self.ledger.heard(pack.attempts, worker, since)
                pack.worker = worker
            self._record(pack, [member for member in told if member["key"] in pack.assignments])
        return name in self.packs

    def _record(self, pack: Pack, told: Sequence[Mapping[str, Any]]) -> None:
        lost = [member["key"] for member in told if not self.endings.write(pack, member)]
        for member in told:
            self._count(pack, member)
            pack.heard(member)
            for note in member.get("notes", ()):
                logger.warning("%s: %s", pack.described(member["key"]), note)
        for key in lost:  # another driver took the trial over, and will say what came of it
            waiting = pack.only(key)
            self.under_way.over(pack, key)
            self.agenda.line.put(waiting)
        for member in told:
            if member["key"] not in lost:
                self.agenda.hear(pack.waiting_of(member["key"]), member["key"], member["reports"])
        for member in told:
            if member["ending"] is not None and member["key"] in pack.assignments:
                self._end(pack, member["key"], member["ending"])
        self.under_way.judge(pack)

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
            self.under_way.requeue(pack)
            if error is not None:
                self.given_back.pause(0)
            return
        if len(pack.parts) > 1:  # one may have been at fault: each is tried by itself
            self.packing.apart.update(pack.assignments)
            text = f"{pack.described(pack.key)} and {pack.size - 1} more train by themselves from now on: {error}"
            logger.warning(text)
            self.ledger.record_event(self.config.name, "apart", text)
            self.under_way.requeue(pack)
            return
        with self.under_way.held(pack):
            for key in list(pack.assignments):  # of all of them, though one may have been at fault
                self.agenda.given_up.add(key)
                self.endings.given_up(pack, key, error, trace)
                self.under_way.over(pack, key)
                self.agenda.told(pack.waiting_of(key), pack.member(key), Result(None, {}, pack.reached.get(key, 0)))
            self.under_way.judge(pack)

    def retried(self, name: str, error: str) -> None:
        """A worker died, and another one goes on with its pack."""
        if name in self.packs:
            pack = self.packs[name]
            text = f"{pack.described(next(iter(pack.assignments)))}: the worker died and another goes on: {error}"
            logger.warning(text)
            self.ledger.record_event(self.config.name, "retried", text)

    def hangs(self, name: str, seconds: float) -> None:
        """A pack has been silent for too long, and its worker is killed."""
        pack = self.packs.get(name)
        if pack is None:  # its trials were stopped
            return
        text = f"{pack.described(next(iter(pack.assignments)))}: silent for {seconds:.0f} s, its worker is killed"
        logger.warning(text)
        self.ledger.record_event(self.config.name, "silent", text)

    def to_shrink(self) -> list[str]:
        """Packs that may go on in a share of the device that they have to themselves, while others wait for one."""
        waits = self.shares.auto and len(self.agenda.line) > 0
        return [name for name, pack in self.packs.items() if waits and self.shares.may_shrink(pack)]

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

    def look_at_requests(self) -> None:
        """Obey who asked to stop a trial or the study, if it is time to look."""
        reason = self.stopping.look()
        if reason is not None:
            self.interrupted = True
            self.stop(reason)

    def release_all(self) -> None:
        """Give back all that this driver holds, whatever it knows of it: it is planned again."""
        self.under_way.release_all()

    def renew(self) -> None:
        """Lengthen the leases; called from time to time while the driver lives."""
        self.ledger.renew(self.owner)

    def work(self) -> tuple[float, float] | None:
        """Seconds of training done by this run, and about as many as are still to do; None before a trial has ended."""
        line = self.agenda.line
        done = line.seconds_done()
        if not done:
            return None
        running = [pack.method for pack in self.packs.values() for _ in pack.assignments]
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
            self.agenda.line.keep(self.claiming.begun)

    def _end(self, pack: Pack, key: str, ending: Mapping[str, Any]) -> None:
        """A worker said how a trial ended."""
        waiting, member, outcome = pack.waiting_of(key), pack.member(key), ending["outcome"]
        if outcome in UNDONE:
            self.given_back.take(pack, key, ending)
            return
        if key in pack.claimed:
            self.agenda.line.note_cost(pack.method, ending["seconds"])
        score = finite(ending["summary"].get("val_score")) if outcome == "completed" else None
        self.given_back.completed(pack)
        self.under_way.over(pack, key)
        self.agenda.told(waiting, member, Result(score, ending["summary"], int(ending["iterations"])))

    def revision_of(self, method: str) -> str:
        """The revision of a method's code as this run began with it: workers that have another are refused."""
        return self.keying.revisions([method])[method]

    def _prune_waiting(self, waiting: Waiting) -> None:
        self.under_way.prune_waiting(waiting)

    def _count(self, pack: Pack, member: Mapping[str, Any]) -> None:
        """Note the iterations that a trial was trained for since it was last heard of, and the worker's memory."""
        key, method = member["key"], pack.method
        peak, size = (int(member.get(name) or 0) for name in ("peak_bytes", "device_bytes"))
        self.peak_bytes[method], pack.peak_bytes = max(peak, self.peak_bytes.get(method, 0)), max(peak, pack.peak_bytes)
        self.shares.heard(method, pack.size, worker=pack.worker, peak=peak, size=size)
        if pack.ran_short(member) and self.shares.auto and 0 < pack.gpus < 1:
            self.given_back.outgrew(pack, key)
        if member["reports"]:
            before, now = pack.reached.get(key), int(member["reports"][-1]["iteration"])
            resumed = before is None and pack.assignments[key].attempt > 1  # it tells first what it had reached
            self.iterations[method] += 0 if resumed else max(0, now - (before or 0))

    def _note_score(self, method: str, score: float) -> None:
        self.best[method] = max(score, self.best.get(method, score))
