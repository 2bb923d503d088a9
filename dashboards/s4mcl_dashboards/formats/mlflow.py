"""The trials for MLflow: into a folder with a database of its own, or to a tracking server."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from s4mcl.export.trial_records import trial_records
from s4mcl.ledger import Ledger
from s4mcl.study_directory import StudyDirectory
from s4mcl_dashboards.formats.asked import Asked
from s4mcl_trainables.problems import InputError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

NAME, FILE = "report-mlflow", "mlflow.db"
STUDY = "s4mcl.study"  # a tag of an experiment that was written here
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3"}


def write_mlflow(asked: Asked) -> Path | str:
    """Write an experiment a study and a run a trial; return the folder, or the URI of the server.

    --output is a folder, in which mlflow.db is made, or a tracking URI such as sqlite:///runs.db or
    http://127.0.0.1:5000. Runs that are there already are completed, not written twice. A new folder appears whole or
    not at all.

    Raises:
        InputError: MLflow is not installed, a study cannot be read, or MLflow cannot be written to.
    """
    _need_mlflow()
    asked.need_trials()
    if asked.output is not None and "://" in asked.output:
        _write(asked, asked.output, None)
        return asked.output
    target = asked.target(NAME)
    with _folder(target) as folder:
        _write(asked, f"sqlite:///{folder / FILE}", (target / "artifacts").as_uri())
    return target


def _need_mlflow() -> None:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow.tracking  # noqa: F401, PLC0415  # slow to import, and not everybody has it
    except ImportError as error:
        raise InputError(f"format mlflow needs MLflow: {error}.\nCure: pip install 's4mcl[mlflow]'") from error
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """The folder to write into: the one that is there, or a new one that takes its place at the end.

    Raises:
        InputError: something else stands there, or it cannot be written.
    """
    if (target / FILE).is_file():
        yield target
        return
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(
            f"{target} exists and holds no {FILE}, so nothing is written into it.\n"
            "Cure: name a new folder with --output, or one that s4mcl report --format mlflow made"
        )
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.", dir=target.parent))
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}\nCure: name another --output") from error
    try:
        yield beside
        beside.chmod(0o755)
        beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(asked: Asked, uri: str, artifacts: str | None) -> None:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415
    from mlflow.tracking import MlflowClient  # noqa: PLC0415

    try:
        client = MlflowClient(tracking_uri=uri)
        for name, study in asked.studies.items():
            _write_study(client, name, study, artifacts)
    except (MlflowException, OSError) as error:
        told = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"MLflow at {uri} cannot be written: {told}\n"
            "Cure: see whether that server runs, or give --output a new folder. What was written is gone on with"
        ) from error


def _write_study(client: "MlflowClient", name: str, study: StudyDirectory, artifacts: str | None) -> None:
    from s4mcl_dashboards.formats.mlflow_runs import StudyRuns  # noqa: PLC0415

    experiment = _experiment(client, name, artifacts)
    with Ledger.open(study.storage, create=False) as ledger, ledger.snapshot():
        trials = ledger.trials_frame(study.name, columns=("key", "cohort", "state")).unique("key")
        sizes = dict(trials.filter(pl.col("state") != "planned").group_by("cohort").len().rows())
        StudyRuns(client, experiment, sizes).write(trial_records(ledger, study.name))


def _experiment(client: "MlflowClient", name: str, artifacts: str | None) -> str:
    """The experiment of a study, a new one or that of an earlier time.

    Raises:
        InputError: another program's has that name, or it was deleted.
    """
    found = client.get_experiment_by_name(name)
    if found is None:
        return client.create_experiment(name, artifacts, {STUDY: name})
    if STUDY not in found.tags or found.lifecycle_stage != "active":
        told = "was deleted" if found.lifecycle_stage != "active" else "was not written by s4mcl report"
        raise InputError(
            f"MLflow has an experiment {name!r} that {told}.\nCure: rename it, restore it, or choose another --output"
        )
    return found.experiment_id
