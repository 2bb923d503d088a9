"""Between Ray Tune and the engine: a searcher that hands out packs and takes their results.

Tune pickles its searcher, stopper and callbacks, so these hold only a name; the engine is looked up in this process.
"""

import logging
import math
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.tune import Callback, Stopper
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher

from s4mcl.execution.draining import Draining
from s4mcl.execution.ended_tasks import forget_ended
from s4mcl.execution.engine import Engine
from s4mcl.execution.full_nodes import FullNodes
from s4mcl.execution.pack import Pack
from s4mcl.execution.placement import Placement
from s4mcl.execution.ray_watch import lost_process
from s4mcl.execution.reservation import reservation
from s4mcl.execution.silence import Silence
from s4mcl.execution.worker_death import last_error, line_of, unfit_node
from s4mcl.ledger import Worker
from s4mcl_trainables.methods.registry import origin_of
from s4mcl_trainables.training.assignment import Assignment

REPORT_SECONDS = 10.0  # that a worker whose trials were stopped may take to its next report, before it is killed
ROOM_SECONDS = 2.0  # between two looks at which nodes live
WORKERS_FIRST = 0.5  # seconds that the death of workers may be seen before that of their raylet

logger = logging.getLogger(__name__)


@dataclass
class Connection:
    """What Tune's parts of one study share.

    Attributes:
        engine: what is due next, and what becomes of it.
        on_step: who watches Tune's steps.
        silence: who has not reported for how long.
        room: for how many packs the nodes that live now have room; None: nodes do not come and go.
        draining: which nodes are about to go; None: nodes do not come and go.
        placement: on which node a pack is to train; None: Ray chooses.
        classes: method to the name of the class of its actors; one for all where there is none.
        full: tasks whose worker waits until its node has room.
        tasks: Tune's tasks and the packs that they train.
        error: the first one, raised after the run.
    """

    engine: Engine
    on_step: Callable[[], None]
    silence: Silence
    room: Callable[[], int] | None = None
    draining: Draining | None = None
    placement: Placement | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    clock: Callable[[], float] = time.monotonic
    full: FullNodes = field(init=False)
    _idle: dict[str, float] = field(default_factory=dict)
    _shrunk: set[str] = field(default_factory=set)
    _looked: tuple[float, int] = (-math.inf, 0)

    def __post_init__(self) -> None:
        self.full = FullNodes(self._tell_full, clock=self.clock)

    def is_full(self) -> bool:
        """Whether another pack would have to wait for a node: it is not claimed then, so that others may."""
        if self.room is None:
            return False
        if self.clock() - self._looked[0] > ROOM_SECONDS:
            before, self._looked = self._looked[1], (self.clock(), self.room())
            if before and not self._looked[1]:
                logger.warning("no living node has room for a pack: waiting for one")
        return len(self.tasks) >= self._looked[1]

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Keep an error for after the run, which it stops: Tune would print it, or take it for the task's."""
        try:
            yield
        except Exception as error:  # kept as it is and raised by `run_tuner`
            self.error = self.error or error
            self.engine.stop(str(error))

    def record(self, task_id: str, result: Mapping[str, Any]) -> bool:
        """Write down what a task reported; whether it goes on."""
        name = self.tasks.get(task_id)
        if name is None:  # a late result of a task that is over
            return False
        with self.guarded():
            self.silence.heard(name)
            worker = Worker(*result["worker"]) if "worker" in result else None
            pack = self.engine.packs.get(name)
            if pack is not None and result.get("steps"):
                self.engine.packing.heard(pack.method, dict(result["steps"]))
            goes_on = self.engine.record(name, result.get("members", ()), worker, result.get("since", 0.0))
            if not goes_on and result.get("full") and not self.engine.finished:
                self.silence.over(name)
                self.tasks[task_id] = self.full.waits(task_id, result["full"])
                return True
            return goes_on
        return False  # the error has stopped the run

    def ended(self, task_id: str) -> str:
        """A task is over; the name of its pack."""
        name = self.tasks.pop(task_id)
        self.silence.over(name)
        if self.placement is not None:
            self.placement.over(task_id)
        self.full.over(name)
        return name

    def for_nobody(self) -> list[str]:
        """Packs whose trials were stopped, and whose worker has trained on for a while without a report."""
        left = set(self.tasks.values()) - self.engine.packs.keys() - self.full.waiting.keys()
        self._idle = {name: self._idle.get(name, self.clock()) for name in left}
        return [name for name, since in self._idle.items() if self.clock() - since > REPORT_SECONDS]

    def look_at_full_nodes(self, tasks: Sequence[Any]) -> None:
        """End the study when nothing is left that trains but nodes without room."""
        running = [
            self.tasks[task.trial_id] for task in tasks if task.status == "RUNNING" and task.trial_id in self.tasks
        ]
        stuck = self.full.stuck(running)
        if stuck is not None:
            self.engine.stop(stuck)

    def _tell_full(self, text: str) -> None:
        logger.warning(text)
        self.engine.ledger.record_event(self.engine.config.name, "paused", text)

    def lives(self, actor: Any, result: Mapping[str, Any]) -> None:
        """Note from which node one of Tune's actors has reported."""
        if self.draining is not None and "node" in result:
            self.draining.lives(actor, result["node"])
        if self.placement is not None and "node" in result:
            self.placement.lives(result["trial_id"], result["node"])

    def move(self, tasks: Sequence[Any]) -> None:
        """Ask the workers on nodes that are about to go to keep what they have reached, and to leave."""
        for task in tasks:
            name, actor = self.tasks.get(task.trial_id), task.temporary_state.ray_actor
            node = (task.last_result or {}).get("node")
            if name is None or actor is None or self.draining is None or not self.draining.to_ask(task.trial_id, node):
                continue
            self._ask_to_leave(name, actor, "its node is about to go, it is moved")

    def shrink(self, tasks: Sequence[Any]) -> None:
        """Ask packs that have a device to themselves, and need a share, to go on in one; each once."""
        wanted = self.engine.to_shrink()
        for task in tasks if wanted else ():
            name, actor = self.tasks.get(task.trial_id), task.temporary_state.ray_actor
            if name in wanted and actor is not None and task.trial_id not in self._shrunk:
                self._shrunk.add(task.trial_id)
                self._ask_to_leave(name, actor, "what its kind needs is known, it goes on in a share of a GPU")

    def let_go(self, tasks: Sequence[Any]) -> None:
        """Tell workers of trials that ended before they said so; a pack of which nothing is left ends as a whole."""
        for task in tasks:
            pack, actor = self.engine.packs.get(self.tasks.get(task.trial_id, "")), task.temporary_state.ray_actor
            if pack is not None and pack.left_it and actor is not None:
                actor.let_go.remote(sorted(pack.left_it))
                pack.left_it.clear()

    def _ask_to_leave(self, name: str, actor: Any, why: str) -> None:
        pack = self.engine.packs.get(name)
        if pack is not None:
            logger.warning("%s: %s", pack.described(next(iter(pack.assignments))), why)
        actor.drain.remote()

    def kill(self, name: str, tasks: Sequence[Any]) -> None:
        """End the worker that trains a pack."""
        self.silence.over(name)
        self._idle[name] = float("inf")
        kill_worker(next(task for task in tasks if self.tasks.get(task.trial_id) == name))


_CONNECTIONS: dict[str, Connection] = {}


def connect(
    study: str,
    engine: Engine,
    on_step: Callable[[], None],
    room: Callable[[], int] | None = None,
    draining: Draining | None = None,
) -> Connection:
    """Make known to what Tune holds the engine of a study, who watches its steps, and how nodes come and go."""
    _CONNECTIONS[study] = Connection(engine, on_step, Silence(engine.config.cluster.silence), room, draining)
    return _CONNECTIONS[study]


class Dispatcher(Searcher):  # type: ignore[misc]  # Ray is not typed
    """Gives Tune one task a pack. All that happens is written down before Tune goes on."""

    def __init__(self, study: str) -> None:
        super().__init__(metric=None, mode=None)
        self.study = study

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        """Tune's parameter space is empty: the engine decides."""
        return True

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The next pack, None while everything waits, FINISHED at the end."""
        connection = _CONNECTIONS[self.study]
        engine, found = connection.engine, None
        with connection.guarded():
            found = None if engine.finished or connection.is_full() else engine.next_pack()
        if found is None:
            return str(Searcher.FINISHED) if engine.finished else None
        connection.tasks[trial_id], assignments = found
        pack = engine.packs[connection.tasks[trial_id]]
        connection.silence.begun(pack.name, kind_of(pack))
        share = {"share": pack.gpus} if engine.shares.auto else {}  # else nobody holds it to one
        revision = engine.revision_of(pack.method)
        how = {"program": pack.program, "measure": list(pack.measure)}
        origin = origin_of(pack.method)
        return {"pack": {**pack_of(assignments), **share, **how, "revision": revision, "origin": origin}}

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Write down the last report. Of an error `Steps` is told, with its text."""
        if error:
            return
        connection = _CONNECTIONS[self.study]
        connection.record(trial_id, result or {})
        with connection.guarded():
            connection.engine.close(connection.ended(trial_id), None)

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the ledger is the truth."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: a restarted study asks the ledger."""

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Nothing: the ledger is the truth."""


class Verdicts(FIFOScheduler):  # type: ignore[misc]  # Ray is not typed
    """Tells the engine of every report before the next step begins, and ends a task when the engine says so.

    Early stopping is the engine's: it keeps a Tune scheduler for each group of trials that may be compared.
    """

    def __init__(self, study: str) -> None:
        super().__init__()
        self.study = study

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """What the task's pack needs, and the class of its actor: Tune asks for neither by task."""
        connection = _CONNECTIONS[self.study]
        pack = connection.engine.packs.get(connection.tasks[trial.trial_id])
        if pack is None:
            return
        actors = connection.classes.get(pack.method, trial.trainable_name)
        node = connection.placement.place(trial.trial_id, pack.gpus) if connection.placement else None
        trial.trainable_name = actors
        trial.update_resources(reservation(connection.engine.config.cluster, gpus=pack.gpus, actors=actors, node=node))

    def choose_trial_to_run(self, tune_controller: Any) -> None:
        """Nobody in particular: Tune starts all tasks that wait, each with the actor that is on its way to it.

        Chosen, the first of them would take an actor that has become free and have its own, which is starting, ended:
        where trials are shorter than the start of a worker, the other slots would never come up.
        """
        forget_ended(tune_controller)

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """CONTINUE, or STOP: the task's trials are stopped early or wait at a rung."""
        connection = _CONNECTIONS[self.study]
        goes_on = connection.record(trial.trial_id, result)
        connection.lives(tune_controller._trial_to_actor.get(trial), result)
        return str(self.CONTINUE if goes_on else self.STOP)

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Where its actor lives, before Tune thinks of keeping it."""
        _CONNECTIONS[self.study].lives(tune_controller._trial_to_actor.get(trial), result)


class EngineStopper(Stopper):  # type: ignore[misc]  # Ray is not typed
    """Ends Tune's run in order when the engine stops: on Ctrl-C, or on data that cannot be read."""

    def __init__(self, study: str) -> None:
        self.study = study

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """A task ends when its trainable says so."""
        return False

    def stop_all(self) -> bool:
        """Whether the engine has stopped."""
        return _CONNECTIONS[self.study].engine.stop_reason is not None


class Steps(Callback):  # type: ignore[misc]  # Ray is not typed
    """Tells the watcher of each of Tune's steps, and the engine of workers that died."""

    def __init__(self, study: str) -> None:
        self.study = study

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """After each step."""
        connection = _CONNECTIONS[self.study]
        with connection.guarded():
            connection.on_step()
            connection.engine.look_at_the_clock()
            connection.engine.look_at_requests()
            for name, seconds in connection.silence.too_long():
                connection.engine.hangs(name, seconds)
                connection.kill(name, trials)
            for name in connection.for_nobody():
                connection.kill(name, trials)
            connection.look_at_full_nodes(trials)
            if connection.draining is not None and connection.draining.look():
                connection.move(trials)
            connection.shrink(trials)
            connection.let_go(trials)

    def on_trial_recover(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A task is tried again."""
        connection = _CONNECTIONS[self.study]
        with connection.guarded():
            name = connection.tasks[trial.trial_id]
            if (gone := lost_process()) is not None:
                connection.engine.stop(gone)
                return
            trace = last_error(trial)
            if (lacks := unfit_node(trace)) is not None:
                connection.engine.stop(lacks)
                return
            connection.full.over(name)
            pack = connection.engine.packs.get(name)
            if pack is None:  # its trials were stopped: the new worker is given none
                trial.config["pack"]["members"] = []
                return
            connection.engine.retried(name, line_of(trace))
            connection.silence.begun(name, kind_of(pack))
            members = trial.config["pack"]["members"]
            trial.config["pack"]["members"] = [plain for plain in members if plain["key"] in pack.assignments]

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A task is given up."""
        connection = _CONNECTIONS[self.study]
        trace = last_error(trial)
        with connection.guarded():
            times = trial.run_metadata.num_failures
            text = f"the worker died {times} times, the last time of: {line_of(trace)}"
            name = connection.ended(trial.trial_id)
            gone = lost_process(WORKERS_FIRST) or unfit_node(trace)
            if gone is None:
                connection.engine.close(name, text, trace)
            else:  # Ray itself died, or the node is unfit, which says nothing of the trials
                connection.engine.stop(gone)
                connection.engine.close(name, None)


def kill_worker(task: Any) -> None:
    """End the process that a task runs in; Tune then takes the task for one whose worker died.

    Ray asks the process itself, which a stopped one does not hear, so on this host it is killed as well.
    """
    actor, result = task.temporary_state.ray_actor, task.last_result or {}
    if result.get("hostname") == socket.gethostname() and result.get("pid"):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(int(result["pid"]), signal.SIGKILL)
    if actor is not None:
        ray.kill(actor)


def kind_of(pack: Pack) -> str:
    """Packs whose reports take equally long."""
    return f"{pack.method}, {pack.size} as one program" if pack.program else pack.method


def pack_of(assignments: Sequence[Assignment]) -> dict[str, Any]:
    """What a worker is sent; its trials share method, label fraction and numeric profile."""
    profile = assignments[0].profile
    members = []
    for assignment in assignments:
        plain = assignment.to_dict()
        del plain["device"]
        members.append(plain)
    return {"threads": profile.threads, "device": profile.device, "members": members}
