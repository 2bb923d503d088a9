"""One `Tuner.fit` a run: reused actors, no loggers, Tune's own storage as scratch."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.execution.actor_classes import named_classes
from s4mcl.execution.draining import Draining
from s4mcl.execution.engine import Engine
from s4mcl.execution.kept_actors import kept_actors
from s4mcl.execution.metrics import StudyMetrics, ray_gauge
from s4mcl.execution.placement import Placement
from s4mcl.execution.ray_session import (
    draining_nodes,
    existing_address,
    live_nodes,
    ray_session,
    set_environment,
)
from s4mcl.execution.scratch import scratch_folder
from s4mcl.execution.staying_nodes import StayingNodes
from s4mcl_trainables.label_fraction import read_fraction
from s4mcl_trainables.problems import InputError

RENEW_SECONDS = 15.0

logger = logging.getLogger(__name__)


def run_tuner(config: StudyConfig, engine: Engine, on_step: Callable[[], None]) -> None:
    """Train all that is due. Ctrl-C sets `engine.interrupted`; what was running is then planned again.

    Args:
        config: with `cluster.concurrency` set.
        engine: what is due next.
        on_step: called after each of Tune's steps.

    Raises:
        InputError: the ledger could not be written, or Ray not be started.
    """
    set_environment()
    try:
        with scratch_folder() as scratch, _interrupts(engine) as listen, _leases(engine), ray_session(config, engine):
            listen()  # again: Ray has put its own handler in place
            if engine.stop_reason is None:
                _fit(config, engine, on_step, scratch)
    finally:
        engine.release_all()


def _fit(config: StudyConfig, engine: Engine, on_step: Callable[[], None], scratch: Path) -> None:
    from ray import tune  # noqa: PLC0415

    from s4mcl.execution.dispatcher import Dispatcher, EngineStopper, Steps, Verdicts, connect  # noqa: PLC0415
    from s4mcl.execution.ended_tasks import Unprinted  # noqa: PLC0415
    from s4mcl_trainables.data.carried import packed  # noqa: PLC0415
    from s4mcl_trainables.pack import PackTrainable  # noqa: PLC0415

    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # the study's own log tells of errors
    cluster = config.cluster
    comes_and_goes = existing_address(config) is not None
    draining = Draining(draining_nodes)

    nodes = StayingNodes(cluster, engine.shares, draining, live_nodes)
    nodes.begin()
    trainable: Any = PackTrainable
    connection = connect(config.name, engine, on_step)
    if comes_and_goes:  # Ray brings the dataset to a node once, whatever the number of trials there
        carried = {"fingerprint": engine.keying.dataset, "files": packed(engine.place.dataset)}
        trainable = tune.with_parameters(PackTrainable, carried=carried)
        connection.on_step = _and_metrics(engine, on_step)
        connection.room, connection.draining = nodes.room, draining
        connection.classes = named_classes(trainable, config.methods)
        if cluster.placement == "pack":
            connection.placement = Placement(cluster, nodes.now)
    tuner = tune.Tuner(
        trainable,
        tune_config=tune.TuneConfig(
            search_alg=Dispatcher(config.name),
            scheduler=Verdicts(config.name),
            num_samples=-1,
            reuse_actors=True,
            max_concurrent_trials=cluster.concurrency,
            trial_name_creator=_task_name,
            trial_dirname_creator=_task_folder,
        ),
        run_config=tune.RunConfig(
            name=config.name,
            storage_path=str(scratch),
            verbose=0,
            stop=EngineStopper(config.name),
            callbacks=[Steps(config.name), Unprinted()],
            failure_config=tune.FailureConfig(max_failures=cluster.max_failures),
            checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
        ),
    )
    with kept_actors(cluster.concurrency or 1, draining.is_leaving):
        tuner.fit()
    if connection.error is not None:
        raise connection.error


def _and_metrics(engine: Engine, on_step: Callable[[], None]) -> Callable[[], None]:
    """`on_step`, and what the cluster's Prometheus is told."""
    metrics = StudyMetrics(engine, ray_gauge)

    def step() -> None:
        on_step()
        metrics.step()

    return step


def _task_name(task: Any) -> str:
    member = task.config["pack"]["members"][0]
    trial = member["trial"]
    return f"{trial['method']}-{read_fraction(trial['label_fraction']):g}-seed{trial['seed']}-{member['key'][:8]}"


def _task_folder(task: Any) -> str:
    return str(task.trial_id)


@contextmanager
def _leases(engine: Engine) -> Iterator[None]:
    """Renew the engine's claims while the block runs."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_SECONDS):
            try:
                engine.renew()
            except InputError as error:  # a busy ledger; the lease outlasts three tries
                logger.warning("the claims could not be renewed: %s", error)

    thread = threading.Thread(target=renew, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _interrupts(engine: Engine) -> Iterator[Callable[[], None]]:
    """The first Ctrl-C or SIGTERM ends the study in order, the second one at once.

    Yields:
        Puts the handlers in place again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        engine.interrupt()
        restore()

    def listen() -> None:
        if not engine.interrupted:
            for number in before:
                signal.signal(number, interrupt)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    listen()
    try:
        yield listen
    finally:
        restore()
