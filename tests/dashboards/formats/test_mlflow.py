"""The trials for MLflow, read back by MLflow itself; writing twice makes no doubles."""

import math
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from made_study import judge, made_config, make_study, record, train, wanted
from s4mcl.export.trial_records import TrialRecord, trial_records
from s4mcl.ledger import Ledger
from s4mcl_dashboards.formats import mlflow_runs
from s4mcl_dashboards.formats.mlflow import FILE
from s4mcl_dashboards.formats.mlflow_names import mlflow_names
from s4mcl_dashboards.report import write_report, written
from s4mcl_trainables.problems import InputError


def client_of(folder: Path) -> MlflowClient:
    return MlflowClient(tracking_uri=f"sqlite:///{folder / FILE}")


def runs_of(client: MlflowClient, name: str) -> list[Run]:
    experiment = client.get_experiment_by_name(name)
    assert experiment is not None
    return [*client.search_runs([experiment.experiment_id], max_results=1000)]


def by_key(runs: list[Run]) -> dict[str, Run]:
    found = {run.data.tags["s4mcl.key"]: run for run in runs if "s4mcl.key" in run.data.tags}
    assert len(found) == sum("s4mcl.key" in run.data.tags for run in runs)
    return found


def records(study: Path) -> list[TrialRecord]:
    with Ledger.open(study.parent, create=False) as ledger:
        return [*trial_records(ledger, study.name)]


def histories(client: MlflowClient, runs: list[Run]) -> dict[tuple[str, str], list[tuple[int, int, float]]]:
    """(key or cohort, metric) to step, moment and value of all that was ever logged."""
    told = {}
    for run in runs:
        name = run.data.tags.get("s4mcl.key") or run.data.tags["s4mcl.cohort"]
        for metric in run.data.metrics:
            logged = client.get_metric_history(run.info.run_id, metric)
            told[name, metric] = sorted((found.step, found.timestamp, found.value) for found in logged)
    return told


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow takes seconds to make its tables: each test has a copy."""
    path = tmp_path_factory.mktemp("mlflow") / FILE
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def folder(empty_database: Path, tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "runs").mkdir()
    shutil.copy(empty_database, tmp_path / "runs" / FILE)
    return tmp_path / "runs"


def test_a_run_a_trial_with_params_metrics_and_tags(made_storage: Path, folder: Path) -> None:
    write_report(made_storage / "demo", folder, "mlflow")
    client = client_of(folder)
    runs, trials = by_key(runs_of(client, "demo")), records(made_storage / "demo")
    assert set(runs) == {trial.key for trial in trials}
    for trial in trials:
        run = runs[trial.key]
        tags = {
            name: run.data.tags[f"s4mcl.{name}"] for name in ("study", "stage", "method", "seed", "state", "cohort")
        }
        told = (trial.study, trial.stage, trial.method, str(trial.seed), trial.state, trial.cohort)
        assert tuple(tags.values()) == told
        assert float(run.data.tags["s4mcl.label_fraction"]) == trial.label_fraction
        expected = {"completed": "FINISHED", "pruned": "FINISHED", "failed": "FAILED", "running": "RUNNING"}
        assert run.info.status == expected[trial.state]
        for name, value in trial.hyperparameters.items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else "none" if value is None else str(value)
            assert run.data.params[name] == text
        for name in trial.reports[0].values:
            logged = client.get_metric_history(run.info.run_id, name)
            steps = sorted((found.step, found.value, found.timestamp) for found in logged)
            reported = [
                (each.iteration, each.values[name], round(1000 * each.at.timestamp())) for each in trial.reports
            ]
            assert steps == reported
        finals = {name: value for name, value in run.data.metrics.items() if name.startswith("final/")}
        assert finals == {f"final/{name}": value for name, value in trial.measured.items()}


def test_the_seeds_of_a_cohort_stand_under_one_run_with_their_mean(made_storage: Path, folder: Path) -> None:
    write_report(made_storage / "demo", folder, "mlflow")
    runs = runs_of(client_of(folder), "demo")
    parents = {run.data.tags["s4mcl.cohort"]: run for run in runs if "s4mcl.key" not in run.data.tags}
    children = by_key(runs)
    cohorts: dict[str, list[TrialRecord]] = {}
    for trial in records(made_storage / "demo"):
        cohorts.setdefault(trial.cohort, []).append(trial)
    assert set(parents) == {cohort for cohort, trials in cohorts.items() if len(trials) > 1}
    for cohort, trials in cohorts.items():
        for trial in trials:
            own = parents[cohort].info.run_id if cohort in parents else None
            assert children[trial.key].data.tags.get("mlflow.parentRunId") == own
        if cohort in parents and all(trial.stage == "confirm" for trial in trials):
            mean = math.fsum(trial.measured["test_dice"] for trial in trials) / 3
            assert parents[cohort].data.metrics["mean test_dice"] == pytest.approx(mean)
            assert "seed" not in parents[cohort].data.params


def test_again_changes_nothing(made_storage: Path, folder: Path) -> None:
    write_report(made_storage / "demo", folder, "mlflow")
    client = client_of(folder)
    before = runs_of(client, "demo")
    logged = histories(client, before)
    write_report(made_storage / "demo", folder, "mlflow")
    after = runs_of(client, "demo")
    assert {run.info.run_id for run in after} == {run.info.run_id for run in before}
    assert histories(client, after) == logged
    assert len(client.search_experiments()) == 2  # and MLflow's own


def test_a_study_that_grew_and_a_run_that_was_interrupted_are_completed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = tmp_path / "studies"
    with Ledger.open(storage) as ledger:
        record(ledger, made_config("grows"))
        trials = [wanted("unet", 0.1, seed) for seed in range(3)]
        ledger.plan("grows", "confirm", trials)
        judge(ledger, trials[0], "grows", train(ledger, trials[0], "grows", "confirm"))
    write_report(storage / "grows", folder, "mlflow")
    first = runs_of(client_of(folder), "grows")
    assert len(first) == 1  # a cohort of one trial that has begun needs no run of its own
    with Ledger.open(storage) as ledger:
        for trial in trials[1:]:
            judge(ledger, trial, "grows", train(ledger, trial, "grows", "confirm", score=0.7))

    written_runs = mlflow_runs.StudyRuns._log
    calls: list[str] = []

    def broken(self: mlflow_runs.StudyRuns, run: str, *what: Any) -> None:
        calls.append(run)
        if len(calls) == 3:
            raise OSError(111, "Connection refused")
        written_runs(self, run, *what)

    with monkeypatch.context() as patched:
        patched.setattr(mlflow_runs.StudyRuns, "_log", broken)
        with pytest.raises(InputError, match="Connection refused"):
            write_report(storage / "grows", folder, "mlflow")
    write_report(storage / "grows", folder, "mlflow")
    client = client_of(folder)
    runs = runs_of(client, "grows")
    assert set(by_key(runs)) == {trial.key for trial in trials}
    assert len(runs) == 4
    for (_, metric), points in histories(client, runs).items():
        assert len(points) == (2 if metric.startswith(("val_", "loss/")) else 1)
    parent = next(run for run in runs if "s4mcl.key" not in run.data.tags)
    assert {run.data.tags.get("mlflow.parentRunId") for run in by_key(runs).values()} == {parent.info.run_id}


def test_a_new_folder_is_whole_and_several_studies_are_several_experiments(made_storage: Path, tmp_path: Path) -> None:
    folder = write_report([made_storage / "demo", made_storage / "locked"], tmp_path / "new", "mlflow")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    client = client_of(folder)
    assert {found.name for found in client.search_experiments()} == {"Default", "demo", "locked"}
    assert not any(name.startswith("final/test_") for run in runs_of(client, "locked") for name in run.data.metrics)


def test_a_tracking_uri_is_written_to(made_storage: Path, folder: Path) -> None:
    uri = f"sqlite:///{folder / FILE}"
    assert written([made_storage / "demo"], uri, "mlflow", images=True) == uri
    assert len(by_key(runs_of(MlflowClient(tracking_uri=uri), "demo"))) == len(records(made_storage / "demo"))


def test_what_cannot_be_written_is_told(made_storage: Path, tmp_path: Path, folder: Path) -> None:
    demo = made_storage / "demo"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds no mlflow\.db"):
        write_report(demo, tmp_path / "other", "mlflow")
    with pytest.raises(InputError, match="MLflow at file:///nowhere/runs cannot be written"):
        written([demo], "file:///nowhere/runs", "mlflow", images=True)
    client_of(folder).create_experiment("demo")
    with pytest.raises(InputError, match="an experiment 'demo' that was not written by s4mcl report"):
        write_report(demo, folder, "mlflow")


def test_without_mlflow_the_cure_is_named(made_storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(InputError, match=r"Cure: pip install 's4mcl\[mlflow\]'"):
        write_report(made_storage / "demo", tmp_path / "runs", "mlflow")
    assert [*tmp_path.iterdir()] == []


def test_names_are_such_as_mlflow_takes() -> None:
    odd = ["plain", "loss/dice", "a<b>", "a_b_", "../../etc", "/x", "x//y", "", "🧪", "x" * 500, "x" * 501]
    given = mlflow_names(odd)
    assert [given[name] for name in ("plain", "loss/dice")] == ["plain", "loss/dice"]
    assert len(set(given.values())) == len(odd)
    from mlflow.utils.validation import _validate_metric_name, _validate_param

    for name in given.values():
        _validate_metric_name(name)
        _validate_param(name, "value")


def test_hostile_names_and_values_that_are_not_finite(folder: Path, tmp_path: Path) -> None:
    study = make_study(tmp_path / "studies", "odd", "description=<script>")
    with Ledger.open(study.parent) as ledger:
        planned = wanted("unet", 0.1, 7, hyperparameters={"../x": "<b>", "y" * 400: "z" * 10_000, "": None})
        ledger.plan("odd", "ablate", [planned])
        from s4mcl.ledger import Owner

        attempt = ledger.claim([planned.key], "odd", "ablate", Owner.this_process())[planned.key]
        ledger.add_reports(
            planned.key, attempt, [{"iteration": 1, "values": {"<x>": 1.0, "n": math.nan, "i": math.inf}}]
        )
    write_report(study, folder, "mlflow")
    run = by_key(runs_of(client_of(folder), "odd"))[planned.key]
    assert run.data.metrics["_x_"] == 1.0
    assert math.isnan(run.data.metrics["n"])
    assert "<b>" in run.data.params.values()
