import time
import warnings
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from made_study import content_key, made_config, make_study, record
from s4mcl.config import to_plain
from s4mcl.export import export_study, optuna_file
from s4mcl.ledger import Ledger

PLACE: dict[str, Any] = {"method": "stub", "label_fraction": 0.2}
NAME = "demo/search/stub/0.2"


def exported(storage: Path, destination: Path, study: str = "demo") -> str:
    """The URL of the exported file, opened so that nothing can write to it."""
    (path,) = export_study(storage, study, destination, ["optuna"])
    return f"sqlite:///file:{path}?mode=ro&uri=true"


def stub_study(storage: Path, *words: str, points: int = 1) -> Ledger:
    """A ledger with a study of the stub method and this many recorded proposals."""
    ledger = Ledger.open(storage)
    record(ledger, made_config("demo", "methods=[stub]", "search.trials=5000", *words))
    with ledger.transaction():
        for number in range(points):
            ledger.record_proposal("demo", "search", **PLACE, number=number, hyperparameters=point(number))
    return ledger


def point(number: int, **changed: Any) -> dict[str, Any]:
    return {f"x{axis}": (number * (axis + 3) % 101) / 100 for axis in range(6)} | changed


def test_every_group_is_a_study_that_optuna_loads(tmp_path: Path) -> None:
    make_study(tmp_path / "st", "demo", "space.s4mcl.alpha={kind: float, low: 1.5, high: 2.0}")
    url = exported(tmp_path / "st", tmp_path / "out")
    assert optuna.get_all_study_names(url) == ["demo/search/s4mcl/0.1", "demo/search/unet/0.1"]
    study = optuna.load_study(study_name="demo/search/s4mcl/0.1", storage=url)
    assert study.directions == [optuna.study.StudyDirection.MAXIMIZE]
    assert study.metric_names == ["score"]
    states = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.COMPLETE]
    assert [trial.state for trial in study.trials] == states
    assert [trial.number for trial in study.trials] == [0, 1, 2, 3]
    assert [trial.values for trial in study.trials] == [[0.5], [0.275], None, [0.65]]
    assert study.trials[1].intermediate_values == {10: 0.275}
    assert study.trials[3].intermediate_values == {10: 0.325, 20: 0.65}
    assert study.best_trial.number == 3
    best = study.trials[3]
    assert best.params["generator_lr"] == pytest.approx(0.0006)
    assert best.params["transforms.hflip"] is True
    assert best.params["transforms.transpose"] is False
    assert best.user_attrs["hyperparameters"]["dropout"] == 0.25
    assert best.user_attrs["iterations"] == 20
    assert best.user_attrs["keys"] == [content_key("s4mcl", 0.1, 0, "proposal 3")]
    assert best.datetime_start is not None
    assert best.datetime_complete is not None
    assert best.datetime_start <= best.datetime_complete
    # alpha is 1.0 in all of them, outside of what this study searched: the distribution is the same in every trial
    assert {str(trial.distributions["alpha"]) for trial in study.trials} == {
        "FloatDistribution(high=2.0, log=False, low=1.0, step=None)"
    }
    assert "alpha" in optuna.importance.get_param_importances(study)


def test_what_is_under_way_constrained_or_outside_of_any_range(tmp_path: Path) -> None:
    words = (
        "space.stub.x0={kind: float, low: 0.1, high: 1.0, log: true}",
        "space.stub.milliseconds={kind: categorical, choices: [1.0, 2.0]}",
        "space.stub.fail_at={kind: integer, low: 0, high: 4, step: 2}",
    )
    with stub_study(tmp_path / "st", *words, points=0) as ledger:
        given = [point(1, x0=0.0, milliseconds=5.0, fail_at=7), point(2, milliseconds=1.0, fail_at=2), point(3)]
        for number, hyperparameters in enumerate(given):
            ledger.record_proposal("demo", "search", **PLACE, number=number, hyperparameters=hyperparameters)
        ended: dict[str, Any] = {"state": "completed", "score": 0.5, "violations": [-0.1, 0.2]}
        ledger.tell_proposal("demo", "search", **PLACE, number=1, **ended)
        ledger.tell_proposal("demo", "search", **PLACE, number=2, state="pruned", score=None)
    study = optuna.load_study(study_name=NAME, storage=exported(tmp_path / "st", tmp_path / "out"))
    first, second, third = study.trials
    assert (first.state, first.values, first.datetime_complete) == (TrialState.RUNNING, None, None)
    assert "x0" not in first.params  # no logarithmic range holds 0
    assert first.user_attrs["hyperparameters"]["x0"] == 0.0
    assert (first.params["milliseconds"], first.params["fail_at"]) == (5.0, 7)
    assert first.distributions["milliseconds"] == second.distributions["milliseconds"]
    assert second.params["fail_at"] == 2
    assert second.constraints == {"0": -0.1, "1": 0.2}
    assert (third.state, third.values, third.intermediate_values) == (TrialState.PRUNED, None, {})


def test_a_pareto_search_has_both_values(tmp_path: Path) -> None:
    with stub_study(tmp_path / "st", "search.objective=pareto", points=3) as ledger:
        for number, pair in enumerate(((0.9, 0.1), (0.1, 0.9), (0.05, 0.05))):
            ended: dict[str, Any] = {"state": "completed", "score": sum(pair) / 2, "objectives": pair}
            ledger.tell_proposal("demo", "search", **PLACE, number=number, **ended)
    study = optuna.load_study(study_name=NAME, storage=exported(tmp_path / "st", tmp_path / "out"))
    assert study.metric_names == ["balanced_accuracy", "dice"]
    assert study.trials[1].values == [0.1, 0.9]
    assert sorted(trial.number for trial in study.best_trials) == [0, 1]


def test_a_method_that_is_not_installed_is_exported_all_the_same(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "st") as ledger:
        config = to_plain(made_config())
        config["space"]["gone"] = {"rate": {"kind": "float", "low": 0.0, "high": 1.0}}
        ledger.record_study("demo", config, {}, {}, {})
        place: dict[str, Any] = {"method": "gone", "label_fraction": 1.0}
        ledger.record_proposal("demo", "search", **place, number=0, hyperparameters={"rate": 0.5, "parts": ["a"]})
        ledger.tell_proposal("demo", "search", **place, number=0, state="completed", score=0.4)
    url = exported(tmp_path / "st", tmp_path / "out")
    study = optuna.load_study(study_name="demo/search/gone/1", storage=url)
    assert study.best_trial.params == {"rate": 0.5}


def test_a_study_without_proposals_gives_a_file_without_studies(tmp_path: Path) -> None:
    stub_study(tmp_path / "st", points=0).close()
    assert optuna.get_all_study_names(exported(tmp_path / "st", tmp_path / "out")) == []


def test_tables_of_another_version_are_left_to_optuna(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_study(tmp_path / "st")
    found = []
    for name, version in (("a", optuna_file.KNOWN_VERSION), ("b", "v9.0.0.a")):
        monkeypatch.setattr(optuna_file, "KNOWN_VERSION", version)
        study = optuna.load_study(
            study_name="demo/search/s4mcl/0.1", storage=exported(tmp_path / "st", tmp_path / name)
        )
        found.append([{**vars(trial), "_trial_id": None} for trial in study.trials])
    assert found[0] == found[1]
    storage = RDBStorage(f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert storage.get_head_version() == "v3.2.0.a", "Optuna's tables have changed: look at optuna_file.insert_trials"


def test_five_thousand_proposals_take_seconds(tmp_path: Path) -> None:
    with stub_study(tmp_path / "st", points=5000) as ledger, ledger.transaction():
        for number in range(5000):
            steps = {step: 0.1 * step for step in range(1, 6)}
            ended: dict[str, Any] = {"state": "completed", "score": number / 5000, "intermediate": steps}
            ledger.tell_proposal("demo", "search", **PLACE, number=number, **ended)
    begun = time.monotonic()
    url = exported(tmp_path / "st", tmp_path / "out")
    assert time.monotonic() - begun < 20
    study = optuna.load_study(study_name=NAME, storage=url)
    assert len(study.trials) == 5000
    assert study.best_trial.number == 4999
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study.trials_dataframe()
