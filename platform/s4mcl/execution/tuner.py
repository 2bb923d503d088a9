"""One `Tuner.fit` a run: reused actors, no loggers, Tune's own storage as scratch."""

import logging
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.execution.engine import Engine
from s4mcl.execution.kept_actors import kept_actors
from s4mcl.execution.ray_watch import leave_at_once, lost_process, watched
from s4mcl.execution.scratch import scratch_folder
from s4mcl_trainables.problems import InputError

SETTINGS = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "inf",  # a failing snapshot would abort the run; the ledger is the truth
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # ours ends the run through the stopper
    "TUNE_WARN_THRESHOLD_S": "10",
    "TUNE_RESULT_BUFFER_LENGTH": "1",
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_TRAIN_V2_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
}
RENEW_SECONDS = 15.0

logger = logging.getLogger(__name__)


def set_environment() -> None:
    """What Ray is told by the environment. It looks at some of that once, when it is imported.

    A study that goes on imports it early, for the schedulers that its early stopping is replayed into: without its
    tokens Ray could then not reach what it starts.
    """
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})


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
        with scratch_folder() as scratch, _interrupts(engine) as listen, _leases(engine), _ray(config, engine):
            listen()  # again: Ray has put its own handler in place
            if engine.stop_reason is None:
                _fit(config, engine, on_step, scratch)
    finally:
        engine.release_all()


def _fit(config: StudyConfig, engine: Engine, on_step: Callable[[], None], scratch: Path) -> None:
    from ray import tune  # noqa: PLC0415

    from s4mcl.execution.dispatcher import Dispatcher, EngineStopper, Steps, Verdicts, connect  # noqa: PLC0415
    from s4mcl_trainables.pack import PackTrainable  # noqa: PLC0415

    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # the study's own log tells of errors
    connection = connect(config.name, engine, on_step)
    cluster = config.cluster
    tuner = tune.Tuner(
        tune.with_resources(PackTrainable, {"cpu": cluster.cpus_per_pack, "gpu": cluster.gpus_per_pack}),
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
            callbacks=[Steps(config.name)],
            failure_config=tune.FailureConfig(max_failures=cluster.max_failures),
            checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
        ),
    )
    with kept_actors(cluster.concurrency or 1):
        tuner.fit()
    if connection.error is not None:
        raise connection.error


def _task_name(task: Any) -> str:
    member = task.config["pack"]["members"][0]
    trial = member["trial"]
    return f"{trial['method']}-{trial['label_fraction']:g}-seed{trial['seed']}-{member['key'][:8]}"


def _task_folder(task: Any) -> str:
    return str(task.trial_id)


@contextmanager
def _ray(config: StudyConfig, engine: Engine) -> Iterator[None]:
    """A local Ray for this run, unless one is connected or RAY_ADDRESS names one; its death stops the engine."""
    import ray  # noqa: PLC0415

    if ray.is_initialized():
        with watched(engine, lost_process, lambda: None):  # a process that is not this run's alone
            yield
        return
    settings: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if not os.environ.get("RAY_ADDRESS"):  # "local": another Ray on this machine is not ours
        _have_token()
        cluster = config.cluster
        own = {"num_cpus": cluster.num_cpus, "num_gpus": cluster.num_gpus, "include_dashboard": False}
        settings |= {"address": "local", **own}
    try:
        ray.init(**settings)
    except Exception as error:  # of any kind, after up to a minute: a process of Ray's has died, or none answers
        lines = str(error).strip().splitlines() or [type(error).__name__]
        cure = "the same command goes on; if it does not help, see the logs of Ray's latest session"
        raise InputError(f"Ray could not be started: {lines[0]}\nCure: {cure}") from error
    with watched(engine, lost_process, lambda: leave_at_once(engine, f"{config.storage}/{config.name}")) as ending:
        try:
            yield
        finally:
            ending()
            ray.shutdown()


def _have_token() -> None:
    """Ray makes its token in the home folder. Where that cannot be written, the run has a token of its own."""
    known = {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys()
    if not known and not (Path.home() / ".ray/auth_token").exists() and not os.access(Path.home(), os.W_OK):
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


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
