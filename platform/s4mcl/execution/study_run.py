"""`s4mcl run`: from a configuration to a finished study."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from s4mcl.config import StudyConfig, to_plain
from s4mcl.execution.engine import Engine
from s4mcl.execution.extension import extend
from s4mcl.execution.inspection import Inspected, inspect
from s4mcl.execution.lock import StudyLock
from s4mcl.execution.place import Place
from s4mcl.execution.progress import Progress, console, shown
from s4mcl.execution.provenance import provenance, shell_line, this_command, without_home
from s4mcl.execution.ranked_samples import NAME as RANKED
from s4mcl.execution.ranked_samples import write_ranked
from s4mcl.execution.ray_session import set_environment
from s4mcl.execution.resources import with_resources
from s4mcl.execution.room import wait_for_room
from s4mcl.execution.samples import write_samples
from s4mcl.execution.study_folder import (
    as_begun,
    begun_whole,
    explained,
    logged,
    refuse_another_origin,
    refuse_beside_others,
    refuse_files,
    refuse_other_artifacts,
    write_study,
)
from s4mcl.execution.tuner import run_tuner
from s4mcl.ledger import DiskFullError, Ledger
from s4mcl.plan.study_words import study_words
from s4mcl.stages.keying import Keying
from s4mcl.stages.warm_start import take_over
from s4mcl_trainables.numerics import numeric_profile

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        interrupted: whether a person ended it: by Ctrl-C, SIGTERM or s4mcl stop.
        failed: failed trials of the study.
        untested: for each trained trial that could not be judged on the test part, why.
        stop_reason: why it stopped early, None if it did not.
        limit: which limit is used up, so that it ended in order before it was done; None if it did not.
    """

    study_dir: Path
    interrupted: bool
    failed: int
    untested: tuple[str, ...]
    stop_reason: str | None
    limit: str | None = None


def run_study(config: StudyConfig, *, retry_stopped: bool = False) -> Outcome:
    """Run a study to its end, or go on with it. Nothing is written before the whole input has been looked at.

    With `retry_stopped` trials that a person stopped in an earlier run are trained, where no proposal was told as
    failed for them.

    Raises:
        InputError: the dataset, the partition, the label fractions, the storage or the configuration is refused;
            another driver runs this study in this folder; it has begun with another configuration; the disk is full.
    """
    set_environment()
    storage = Path(config.storage).absolute()
    study_dir = storage / config.name
    refuse_files(storage, study_dir)
    inspected = inspect(config)
    with explained(storage), ExitStack() as held:
        ledger = held.enter_context(Ledger.open(storage, url=config.ledger, artifacts=config.artifacts))
        refuse_other_artifacts(ledger, config.artifacts)
        held.enter_context(StudyLock(study_dir))
        with begun_whole(study_dir):
            engine = _begun(config, study_dir, ledger, inspected, retry_stopped=retry_stopped)
        held.enter_context(logged(study_dir / "run.log"))
        engine = _train(engine)
        if config.artifacts is not None:
            engine.place.bring(_predicted(ledger, config.name))
        write_ranked(study_dir / RANKED, ledger, inspected.dataset, config)
        failed = sum(stage["failed"] for stage in ledger.counts(config.name).values())
        stopped = None if engine.stop_reason == engine.limit else engine.stop_reason
        return Outcome(study_dir, engine.interrupted, failed, tuple(engine.untested), stopped, engine.limit)


def _predicted(ledger: Ledger, study: str) -> list[Path]:
    """Folders of the storage that should hold predictions; with a shared ledger others may have trained for it."""
    named = ledger.trials_frame(study)["predictions"].drop_nulls().unique(maintain_order=True)
    return [ledger.storage / Path(name).parent for name in named]


def _begun(
    config: StudyConfig, study_dir: Path, ledger: Ledger, inspected: Inspected, *, retry_stopped: bool
) -> Engine:
    """Write down what the study is; its lock is held."""
    known = ledger.study(config.name)
    config, extends = as_begun(study_dir, config, known if ledger.counts(config.name) else None)
    refuse_beside_others(ledger, config.name, extends)
    config = with_resources(config)
    profile = numeric_profile(precision=config.precision, gpus=config.cluster.gpus, cpus=config.cluster.cpus_per_pack)
    data, partition = inspected.described()
    keying = Keying(config, dataset=data["fingerprint"], partition=partition["fingerprint"], profile=profile)
    made_by = provenance(profile, this_command(), config.methods)
    again = shell_line(["s4mcl", "run", *without_home(study_words(to_plain(config)))])
    origin = {
        **made_by,
        "reproduction": again,
        "profile": profile.to_dict(),
        "revisions": keying.revisions(config.methods),
    }
    documents = {"dataset": data, "partition": partition, "provenance": origin}
    refuse_another_origin(known, documents, same_config=config.reuse == "same-config")
    write_study(study_dir, config, inspected)
    if config.test == "open" and not (study_dir / "samples.npz").exists():
        write_samples(study_dir / "samples.npz", inspected.dataset, inspected.partition, config)
    extend(ledger, config.name, extends)
    ledger.record_study(config.name, to_plain(config), data, partition, origin)
    take_over(ledger, config)
    earlier = ledger.stop_requests(config.name, unseen=True)  # were for a run that has ended
    ledger.see_requests(request.id for request in earlier)
    place = Place(
        ledger.storage,
        inspected.dataset.path,
        inspected.spec,
        locked=config.test == "locked",
        artifacts=config.artifacts,
        surface_distances=config.surface_distances,
    )
    return Engine(config, ledger, keying, place, provenance=made_by, retry_stopped=retry_stopped)


def _train(engine: Engine) -> Engine:
    """Train what is due, and tell the log and the ledger how it went; the engine that did it in the end."""
    config, ledger = engine.config, engine.ledger
    logger.info("begun: %s, commit %s", engine.provenance["command"], engine.provenance["commit"])
    with shown(Progress(config.name, ledger, engine, console())) as progress:
        while True:
            try:
                if engine.due():
                    run_tuner(config, engine, progress.step)
                break
            except DiskFullError as error:
                if engine.interrupted:
                    raise
                wait_for_room(engine.room, str(error), progress.tell)
                engine = progress.engine = engine.again()
    if engine.stop_reason in (None, engine.limit):
        how = f" ({engine.limit})" if engine.limit else ""
        logger.info("ended%s: %s", how, ledger.counts(config.name))
        return engine
    kind = "interrupted" if engine.interrupted else "stopped"
    logger.warning("%s: %s", kind, engine.stop_reason)
    ledger.record_event(config.name, kind, engine.stop_reason or "")
    return engine
