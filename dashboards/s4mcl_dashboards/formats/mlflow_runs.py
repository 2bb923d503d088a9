"""The runs of one study in an experiment of MLflow: a run a trial, seeds under a run of their cohort.

Every run is known by a tag with the trial's key, so that writing again goes on with what is there and makes no doubles.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

from s4mcl.export.trial_records import TrialRecord
from s4mcl.naming import percent
from s4mcl_dashboards.formats.flat_hyperparameters import flat
from s4mcl_dashboards.formats.mlflow_names import mlflow_names, mlflow_text

KEY, COHORT, WRITTEN = "s4mcl.key", "s4mcl.cohort", "s4mcl.written"
PARENT = "mlflow.parentRunId"
STATUS = {"completed": "FINISHED", "pruned": "FINISHED", "failed": "FAILED"}
METRICS, OTHERS = 800, 100  # that MLflow takes at once: 1,000 together with 100 tags
PAGE = 1_000


@dataclass
class _Mean:
    """What the seeds of a cohort reached, added up."""

    at: int = 0
    sums: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, record: TrialRecord) -> None:
        if record.finished_at is not None:
            self.at = max(self.at, _milliseconds(record.finished_at.timestamp()))
        for name, value in record.measured.items():
            self.sums[name].append(value)


class StudyRuns:
    """Writes the trials of a study into one experiment."""

    def __init__(self, client: MlflowClient, experiment: str, sizes: Mapping[str, int]) -> None:
        """Args: `sizes` is how many trials that have begun each cohort has."""
        self._client = client
        self._experiment = experiment
        self._sizes = sizes
        self._runs, self._parents = self._known()
        self._means: dict[str, _Mean] = defaultdict(_Mean)

    def write(self, records: Iterable[TrialRecord]) -> None:
        """Write what is not there yet, then the means over the seeds of each cohort."""
        for record in records:
            parent = self._parent(record) if self._sizes.get(record.cohort, 1) > 1 else None
            if parent is not None:
                self._means[record.cohort].add(record)
            self._write(record, parent)
        for cohort, mean in self._means.items():
            self._end_parent(self._parents[cohort], mean)

    def _known(self) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
        """The runs that are there: key to run and what was written, cohort to its run."""
        runs, parents, token = {}, {}, None
        while True:
            page = self._client.search_runs([self._experiment], max_results=PAGE, page_token=token)
            for run in page:
                tags = run.data.tags
                if KEY in tags:
                    runs[tags[KEY]] = (run.info.run_id, tags.get(WRITTEN, ""))
                elif COHORT in tags:
                    parents[tags[COHORT]] = run.info.run_id
            token = page.token
            if not token:
                return runs, parents

    def _parent(self, record: TrialRecord) -> str:
        """The run of the trial's cohort; it has the hyperparameters, and in the end the means."""
        if record.cohort not in self._parents:
            tags = {COHORT: record.cohort, "s4mcl.method": mlflow_text(record.method), "s4mcl.stage": record.stage}
            name = f"{record.method} {percent(record.label_fraction)} {record.cohort[:8]}"
            run = self._client.create_run(self._experiment, _begun(record), tags, mlflow_text(name))
            self._log(run.info.run_id, [], _params(record, seed=False))
            self._parents[record.cohort] = run.info.run_id
        return self._parents[record.cohort]

    def _end_parent(self, run: str, mean: _Mean) -> None:
        names = mlflow_names(mean.sums)
        metrics = [
            Metric(f"mean {names[name]}", math.fsum(values) / len(values), mean.at, len(values))
            for name, values in mean.sums.items()
        ]
        self._log(run, metrics, [])
        self._client.set_terminated(run, "FINISHED", mean.at or None)

    def _write(self, record: TrialRecord, parent: str | None) -> None:
        written = f"{record.state} {len(record.reports)} {len(record.measured)} {parent or ''}".rstrip()
        run, before = self._runs.get(record.key, (None, ""))
        if before == written:
            return
        tags = {**_tags(record), **({} if parent is None else {PARENT: parent})}
        if run is None:
            name = f"{record.method} {percent(record.label_fraction)} seed {record.seed}"
            run = self._client.create_run(self._experiment, _begun(record), tags, mlflow_text(name)).info.run_id
        if record.state in STATUS:
            ended = None if record.finished_at is None else _milliseconds(record.finished_at.timestamp())
            self._client.set_terminated(run, STATUS[record.state], ended)
        self._log(run, [*_metrics(record)], _params(record), {**tags, WRITTEN: written})

    def _log(
        self, run: str, metrics: list[Metric], params: list[tuple[str, str]], tags: Mapping[str, str] | None = None
    ) -> None:
        """In as few portions as MLflow takes, tags last: without WRITTEN a run is written again.

        Metrics that stand already are left out by MLflow.
        """
        *first, last = [*_portions(metrics, METRICS)] or [[]]
        for part in first:
            self._client.log_batch(run, metrics=part)
        *first_params, last_params = [*_portions([Param(*pair) for pair in params], OTHERS)] or [[]]
        for pairs in first_params:
            self._client.log_batch(run, params=pairs)
        self._client.log_batch(run, last, last_params, [RunTag(*pair) for pair in (tags or {}).items()])


def _tags(record: TrialRecord) -> dict[str, str]:
    told = {
        "study": record.study,
        "stage": record.stage,
        "stages": ", ".join(record.stages),
        "method": record.method,
        **record.shares,
        "seed": record.seed,
        "key": record.key,
        "cohort": record.cohort,
        "state": record.state,
        **({} if record.outcome is None else {"outcome": record.outcome}),
    }
    return {f"s4mcl.{name}": mlflow_text(value) for name, value in told.items()}


def _params(record: TrialRecord, *, seed: bool = True) -> list[tuple[str, str]]:
    given: dict[str, Any] = {"method": record.method, **record.shares}
    values = dict(flat(given | ({"seed": record.seed} if seed else {}) | record.hyperparameters))
    names = mlflow_names(values)
    return [(names[name], mlflow_text(value)) for name, value in values.items()]


def _metrics(record: TrialRecord) -> Iterator[Metric]:
    """Each report at its iteration, then the values at the best iteration, and those of the test images."""
    finals = {f"final/{name}": value for name, value in record.measured.items()}
    names = mlflow_names([*dict.fromkeys(name for report in record.reports for name in report.values), *finals])
    for report in record.reports:
        at = _milliseconds(report.at.timestamp())
        for name, value in report.values.items():
            yield Metric(names[name], value, at, report.iteration)
    ended = 0 if record.finished_at is None else _milliseconds(record.finished_at.timestamp())
    for name, value in finals.items():
        yield Metric(names[name], value, ended, record.best_iteration or record.iterations or 0)


def _begun(record: TrialRecord) -> int | None:
    return _milliseconds(record.reports[0].at.timestamp()) if record.reports else None


def _milliseconds(seconds: float) -> int:
    return round(1_000 * seconds)


def _portions(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
