"""`s4mcl run`: from a configuration to a finished study and its report."""

import logging
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.config import StudyConfig, difference, from_yaml, to_plain, to_yaml
from s4mcl.execution.engine import Engine, Place
from s4mcl.execution.lock import StudyLock
from s4mcl.execution.progress import Progress, console, shown
from s4mcl.execution.provenance import provenance, this_command
from s4mcl.execution.samples import write_samples
from s4mcl.ledger import Ledger
from s4mcl.stages.keying import Keying
from s4mcl_trainables.data.dataset import Dataset, open_dataset
from s4mcl_trainables.data.partition import Partition, PartitionSpec, draw_labels, make_partition
from s4mcl_trainables.numerics import numeric_profile
from s4mcl_trainables.problems import InputError, Problems

CONFIG = "config.yaml"


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its study folder, whether Ctrl-C ended it, failed trials, and why it stopped early."""

    study_dir: Path
    interrupted: bool
    failed: int
    stop_reason: str | None


def run_study(config: StudyConfig) -> Outcome:
    """Run a study to its end, or go on with it. Nothing is written before the whole input has been looked at.

    Raises:
        InputError: the dataset, the partition, the label fractions or the configuration is refused; another driver runs
            this study; the study exists with another configuration.
    """
    storage = Path(config.storage).absolute()
    study_dir = storage / config.name
    config = with_resources(config)
    dataset, partition, spec = looked_at(config)
    refuse_changes(study_dir, config)
    with StudyLock(study_dir), Ledger.open(storage) as ledger:
        _log_to(study_dir / "run.log")
        profile = numeric_profile(
            precision=config.precision, gpus=float(config.cluster.gpus_per_pack), cpus=config.cluster.cpus_per_pack
        )
        made_by = provenance(profile, this_command())
        _write_study(study_dir, config, partition)
        ledger.record_study(config.name, to_plain(config), *described(config, dataset, partition), made_by)
        keying = Keying(config, dataset=dataset.fingerprint, partition=partition.fingerprint, profile=profile)
        engine = Engine(config, ledger, keying, Place(storage, dataset.path, spec), made_by)
        _train(config, ledger, engine)
        if config.test == "open":
            write_samples(study_dir / "samples.npz", dataset, partition, config)
        failed = sum(stage["failed"] for stage in ledger.counts(config.name).values())
        return Outcome(study_dir, engine.interrupted, failed, engine.stop_reason)


def looked_at(config: StudyConfig) -> tuple[Dataset, Partition, PartitionSpec]:
    """Open the dataset, divide it and draw every label fraction with every seed, so that no trial finds a surprise.

    Raises:
        InputError: any of these is refused.
    """
    dataset = open_dataset(config.data.path)
    if config.image_size > dataset.size:
        raise InputError(
            f"image_size={config.image_size} is larger than the prepared images of {dataset.path} ({dataset.size}).\n"
            f"Cure: prepare them again with --size {config.image_size}, or give image_size={dataset.size} or less"
        )
    spec = PartitionSpec(
        split=config.split, split_seed=config.data.split_seed, test=config.data.test, validation=config.data.validation
    )
    partition = make_partition(dataset, spec)
    problems = Problems("label fractions cannot be drawn")
    wanted = {(fraction, seed) for fraction in config.label_fractions for seed in config.seeds}
    if config.search.trials:
        wanted |= {(fraction, seed) for fraction in config.search.label_fractions for seed in config.search.seeds}
    for fraction, seed in sorted(wanted):
        try:
            draw_labels(dataset, partition, fraction, seed)
        except InputError as error:
            problems.add(f"seed {seed}: {' '.join(str(error).split())}")
    problems.raise_if_any("give larger label fractions")
    return dataset, partition, spec


def with_resources(config: StudyConfig) -> StudyConfig:
    """The configuration with GPUs and concurrency in numbers, as this machine has them.

    Raises:
        InputError: one pack asks for more than there is.
    """
    cluster = config.cluster
    cpus = cluster.num_cpus or os.cpu_count() or 1
    gpus = cluster.gpus_per_pack
    if gpus == "auto":
        gpus = 1.0 if _cuda_devices() else 0.0
    if cluster.cpus_per_pack > cpus:
        raise InputError(
            f"cluster.cpus_per_pack={cluster.cpus_per_pack} was asked for, {cpus} CPUs are there.\n"
            "Cure: give a smaller number"
        )
    room = cpus // cluster.cpus_per_pack
    if gpus:
        devices = cluster.num_gpus if cluster.num_gpus is not None else _cuda_devices()
        if gpus > devices:
            raise InputError(
                f"cluster.gpus_per_pack={gpus:g} was asked for, {devices} GPUs are there.\n"
                "Cure: give a smaller number, or 0 to train on CPUs"
            )
        room = min(room, math.floor(devices / gpus))
    filled = {"gpus_per_pack": gpus, "num_cpus": cpus, "concurrency": cluster.concurrency or room}
    return config.model_copy(update={"cluster": cluster.model_copy(update=filled)})


def refuse_changes(study_dir: Path, config: StudyConfig) -> None:
    """Refuse to go on with a study under another configuration.

    Raises:
        InputError: naming every key that differs. Where the data lie and what the machine has may change.
    """
    path = study_dir / CONFIG
    if not path.is_file():
        return
    before = _comparable(to_plain(from_yaml(path.read_text(encoding="utf-8"), where=str(path))))
    changed = difference(before, _comparable(to_plain(config)))
    if changed:
        problems = Problems(f"study {study_dir} exists with another configuration")
        problems.extend(changed)
        problems.raise_if_any("give it the same values, or another name=")


def _comparable(plain: dict[str, Any]) -> dict[str, Any]:
    cluster = {name: plain["cluster"][name] for name in ("cpus_per_pack", "gpus_per_pack", "concurrency")}
    kept = {name: value for name, value in plain.items() if name not in ("storage", "description")}
    return {**kept, "cluster": cluster, "data": {**plain["data"], "path": ""}}


def _train(config: StudyConfig, ledger: Ledger, engine: Engine) -> None:
    from s4mcl.execution.tuner import run_tuner  # noqa: PLC0415  # Ray takes a second to import

    with shown(Progress(config.name, ledger, engine, console())) as progress:
        progress.show()
        if engine.due():
            run_tuner(config, engine, progress.step)


def _write_study(study_dir: Path, config: StudyConfig, partition: Partition) -> None:
    with (study_dir / "partition.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **_parts(partition))
    (study_dir / CONFIG).write_text(to_yaml(config), encoding="utf-8")


def _parts(partition: Partition) -> dict[str, NDArray[np.int64]]:
    return {"train": partition.train, "validation": partition.validation, "test": partition.test}


def described(config: StudyConfig, dataset: Dataset, partition: Partition) -> tuple[dict[str, Any], dict[str, Any]]:
    """Dataset and partition, as the ledger and the report tell of them."""
    data = {
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "images": len(dataset),
        "size": dataset.size,
        "classes": list(dataset.classes),
        "groups": int(dataset.groups.max()) + 1,
    }
    counts = {name: len(rows) for name, rows in _parts(partition).items()}
    split = {"split": config.split, "split_seed": config.data.split_seed}
    return data, {**counts, **split, "fingerprint": partition.fingerprint}


def _cuda_devices() -> int:
    import torch  # noqa: PLC0415

    return int(torch.cuda.device_count())


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("s4mcl")
    root.setLevel(logging.INFO)
    root.addHandler(handler)
