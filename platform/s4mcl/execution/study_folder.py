"""STUDY_DIR as a driver sees it: is it fit, does it hold the same study, and what is written there."""

import errno
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from s4mcl.config import StudyConfig, from_yaml, to_plain, to_yaml
from s4mcl.execution.extension import compared, value_at
from s4mcl.execution.inspection import Inspected
from s4mcl.execution.lock import FILE_NAME
from s4mcl.execution.whole_file import whole_file
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError, Problems
from s4mcl_trainables.training.whole_file import FULL

CONFIG = "config.yaml"
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def refuse_files(storage: Path, study_dir: Path) -> None:
    """Refuse a storage, or a study folder, that is a file or lies under one.

    Raises:
        InputError: it is.
    """
    for path in (study_dir, storage, *storage.parents):
        if path.exists() and not path.is_dir():
            key = "name" if path == study_dir else "storage"
            raise InputError(f"{path} is a file, where {key}= asks for a folder.\nCure: move it away, or give another")


@contextmanager
def explained(storage: Path) -> Iterator[None]:
    """Turn errors of the disk into `InputError`.

    Raises:
        InputError: the disk is full, or may not be written.
    """
    try:
        yield
    except OSError as error:
        where = error.filename or storage
        if error.errno in FULL:
            cure = "make room, then repeat the command; a study that has begun goes on"
        elif error.errno in REFUSED:
            cure = "choose a storage= that this user may write"
        else:
            raise
        raise InputError(f"{where} cannot be written: {error.strerror}.\nCure: {cure}") from error


@contextmanager
def begun_whole(study_dir: Path) -> Iterator[None]:
    """If the block fails, a study folder that held nothing but its lock is taken away. Its lock is held."""
    new = [path.name for path in study_dir.iterdir()] == [FILE_NAME]
    try:
        yield
    except BaseException:
        if new:
            shutil.rmtree(study_dir, ignore_errors=True)
        raise


def as_begun(
    study_dir: Path, config: StudyConfig, known: Mapping[str, Any] | None = None
) -> tuple[StudyConfig, tuple[str, ...]]:
    """The configuration to go on with, and the keys by which it extends the study.

    `cluster.concurrency` stays as the study began, since proposals depend on it.

    Args:
        study_dir: may hold the configuration that the study began with.
        config: as it was given, what the machine has not yet put in.
        known: the study in the ledger, which another driver may have begun in a folder of its own.

    Raises:
        InputError: the study has begun with another configuration; names every key that differs, with both values.
            More seeds, fractions, methods, designs or budget extend it; where the data lie, limits and what the machine
            has may change.
    """
    path = study_dir / CONFIG
    if path.is_file():
        before = from_yaml(path.read_text(encoding="utf-8"), where=str(path))
    elif known is not None:
        wrong = Problems(f"study {known['name']} has a configuration in the ledger that cannot be used")
        before = StudyConfig.from_plain(known["config"], wrong, "give this study another name=")
    else:
        return config, ()
    if config.cluster.concurrency is None:
        kept = {"concurrency": before.cluster.concurrency}
        config = config.model_copy(update={"cluster": config.cluster.model_copy(update=kept)})
    extends, refused = compared(before, config)
    old, new = to_plain(before), to_plain(config)
    problems = Problems(f"study {study_dir} has begun with another configuration")
    problems.extend(f"{key}: {_shown(old, key)} then, {_shown(new, key)} now" for key in refused)
    problems.raise_if_any(
        "give the same values, or another name=; trials that both studies want are trained once. "
        "More seeds, label fractions, methods, designs or a larger budget extend a study"
    )
    return config, tuple(extends)


def refuse_another_origin(
    study: Mapping[str, Any] | None, now: Mapping[str, Mapping[str, Any]], *, same_config: bool = False
) -> None:
    """Refuse to go on with a study whose numbers would come from something else: its report would mix the two.

    Args:
        study: what the ledger knows of it, None for a new one.
        now: the documents "dataset", "partition" and "provenance" of this run.
        same_config: whether trials of other code or another numeric profile count.

    Raises:
        InputError: the dataset, the partition, the code of a method, or the numeric profile is another one.
    """
    if study is None:
        return
    problems = Problems(f"study {study['name']} cannot go on: its trials would not be comparable")
    for document, what in (("dataset", "images and labels"), ("partition", "the division into parts")):
        then = study[document].get("fingerprint")
        if then != now[document]["fingerprint"]:
            problems.add(f"{what}: fingerprint {str(then)[:12]} then, {now[document]['fingerprint'][:12]} now")
    for name, what in () if same_config else (("revisions", "code of method"), ("profile", "numeric profile")):
        then = study["provenance"].get(name, {})
        found = now["provenance"][name]
        changed = [key for key in found if then.get(key) != found[key]]
        problems.extend(f"{what}, {key}: {str(then.get(key))[:12]} then, {str(found[key])[:12]} now" for key in changed)
    problems.raise_if_any(
        "give another name=, go back to what it began with, or let other code count with reuse=same-config; "
        "s4mcl report still shows what there is"
    )


def refuse_other_artifacts(ledger: Ledger, artifacts: str | None) -> None:
    """Refuse to keep files where other drivers of the ledger do not look for them.

    Raises:
        InputError: the ledger names another URI.
    """
    kept = ledger.artifacts
    if kept is not None and kept != artifacts:
        cure = (
            f"give artifacts={kept}; if all files were moved, let the row artifacts of the ledger's table meta say so"
        )
        raise InputError(
            f"the trials of {ledger.place} keep their files under {kept}, artifacts={artifacts or 'null'} was given."
            f"\nCure: {cure}"
        )


def refuse_beside_others(ledger: Ledger, study: str, extends: Sequence[str]) -> None:
    """Refuse to extend a study while a driver elsewhere trains for it as it was.

    Raises:
        InputError: there is one.
    """
    drivers = ledger.drivers(study) if extends else []
    if drivers:
        named = ", ".join(f"process {driver.pid} on {driver.host}" for driver in drivers)
        raise InputError(
            f"study {study} cannot be extended ({', '.join(extends)}) while {named} runs it.\n"
            "Cure: let it finish or stop it, then give the same command; or leave these keys as they were"
        )


def write_study(study_dir: Path, config: StudyConfig, inspected: Inspected) -> None:
    """Write the partition and the resolved configuration."""
    with whole_file(study_dir / "partition.npz") as file:
        np.savez(file, allow_pickle=False, **inspected.parts())
    with whole_file(study_dir / CONFIG) as file:
        file.write(to_yaml(config).encode())


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Append what the project logs while the block runs to a file."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk is told elsewhere, once
    root = logging.getLogger("s4mcl")
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def _shown(plain: Mapping[str, Any], key: str) -> str:
    value = value_at(plain, key)
    return "nothing" if value is None else str(value)
