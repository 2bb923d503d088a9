"""A study's proposals as a file that `optuna.load_study` and optuna-dashboard open."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import distribution_to_json
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial
from sqlalchemy import Connection, insert

from s4mcl.config import StudyConfig
from s4mcl.export.optuna_group import OptunaGroup, optuna_groups
from s4mcl.export.optuna_space import configured_space
from s4mcl.export.optuna_trials import optuna_trials
from s4mcl.export.staged_files import StagedFiles
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import Problems

FILE_NAME = "optuna.sqlite"
READ_ONLY = 0o444
KNOWN_VERSION = "v3.2.0.a"  # of Optuna's tables, as `insert_trials` writes them


def write_optuna(ledger: Ledger, study: str, files: StagedFiles) -> None:
    """Write optuna.sqlite: one Optuna study a group, called <study>/<stage>/<method>/<label fraction>.

    Raises:
        InputError: the study's configuration cannot be read, or its space does not fit a method.
    """
    document = ledger.study(study) or {}
    config = StudyConfig.from_plain(
        document["config"], Problems(f"the configuration of study {study} cannot be used"), "export another format"
    )
    with tempfile.TemporaryDirectory() as folder:  # its name is safe in a URL, and SQLite can lock files there
        path = Path(folder) / FILE_NAME
        write_groups(path, optuna_groups(ledger, study), config)
        with files.file(FILE_NAME, READ_ONLY) as file, path.open("rb") as written:
            shutil.copyfileobj(written, file)


def write_groups(path: Path, groups: Sequence[OptunaGroup], config: StudyConfig) -> None:
    """Make Optuna's file at `path` and write the groups."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = RDBStorage(f"sqlite:///{path}")
    try:
        names = ["balanced_accuracy", "dice"] if config.search.objective == "pareto" else ["score"]
        for group in groups:
            space = configured_space(config, group.method, group.proposals)
            shown = optuna.create_study(
                storage=storage, study_name=group.name, directions=["maximize"] * group.objectives
            )
            if len(names) == group.objectives:
                storage.set_study_system_attr(shown._study_id, "study:metric_names", names)
            insert_trials(storage, shown._study_id, optuna_trials(group, space))
    finally:
        storage.engine.dispose()


def insert_trials(storage: RDBStorage, study_id: int, trials: Sequence[FrozenTrial]) -> None:
    """Add trials, numbered from 0, to a study that has none.

    Optuna's own insert takes 10 to 50 ms a trial. Its tables are therefore written at once, where they are of the
    version that this function knows; else it is asked to insert them one by one.
    """
    if storage.get_head_version() != KNOWN_VERSION:
        for trial in trials:
            storage.create_new_trial(study_id, template_trial=trial)
        return
    with storage.engine.begin() as connection:
        first = (connection.exec_driver_sql("SELECT max(trial_id) FROM trials").scalar() or 0) + 1
        numbered = list(enumerate(trials, start=first))
        _insert(connection, models.TrialModel, (_row(place, study_id, trial) for place, trial in numbered))
        for model, rows in (
            (models.TrialValueModel, _values),
            (models.TrialParamModel, _params),
            (models.TrialIntermediateValueModel, _intermediate),
            (models.TrialUserAttributeModel, _user_attributes),
            (models.TrialSystemAttributeModel, _system_attributes),
        ):
            _insert(connection, model, (row for place, trial in numbered for row in rows(place, trial)))


def _insert(connection: Connection, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    every = list(rows)
    if every:
        connection.execute(insert(model.__table__), every)


def _row(trial_id: int, study_id: int, trial: FrozenTrial) -> dict[str, Any]:
    return {
        "trial_id": trial_id,
        "number": trial.number,
        "study_id": study_id,
        "state": trial.state,
        "datetime_start": _naive(trial.datetime_start),
        "datetime_complete": _naive(trial.datetime_complete),
    }


def _values(trial_id: int, trial: FrozenTrial) -> Iterator[dict[str, Any]]:
    for objective, value in enumerate(trial.values or ()):
        stored, kind = models.TrialValueModel.value_to_stored_repr(value)
        yield {"trial_id": trial_id, "objective": objective, "value": stored, "value_type": kind}


def _params(trial_id: int, trial: FrozenTrial) -> Iterator[dict[str, Any]]:
    for name, value in trial.params.items():
        distribution = trial.distributions[name]
        yield {
            "trial_id": trial_id,
            "param_name": name,
            "param_value": distribution.to_internal_repr(value),
            "distribution_json": distribution_to_json(distribution),
        }


def _intermediate(trial_id: int, trial: FrozenTrial) -> Iterator[dict[str, Any]]:
    model = models.TrialIntermediateValueModel
    for step, value in trial.intermediate_values.items():
        stored, kind = model.intermediate_value_to_stored_repr(value)
        yield {
            "trial_id": trial_id,
            "step": step,
            "intermediate_value": stored,
            "intermediate_value_type": kind,
        }


def _user_attributes(trial_id: int, trial: FrozenTrial) -> Iterator[dict[str, Any]]:
    return _attributes(trial_id, trial.user_attrs)


def _system_attributes(trial_id: int, trial: FrozenTrial) -> Iterator[dict[str, Any]]:
    return _attributes(trial_id, trial.system_attrs)


def _attributes(trial_id: int, attributes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in attributes.items():
        yield {"trial_id": trial_id, "key": key, "value_json": json.dumps(value)}


def _naive(moment: datetime | None) -> datetime | None:
    """Optuna keeps UTC without saying so."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
