"""The trials for TensorBoard, read back by TensorBoard itself."""

import math
import shutil
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from made_study import made_config, record, wanted
from s4mcl.export.trial_records import TrialRecord, trial_records
from s4mcl.ledger import Ledger, Owner
from s4mcl_dashboards.formats.placed_folder import MANIFEST
from s4mcl_dashboards.formats.tensorboard import FILE, run_name
from s4mcl_dashboards.report import write_report

SESSION_START, SESSION_END = "_hparams_/session_start_info", "_hparams_/session_end_info"


def records(study: Path) -> list[TrialRecord]:
    with Ledger.open(study.parent, create=False) as ledger:
        return [*trial_records(ledger, study.name)]


def read(folder: Path) -> EventAccumulator:
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    accumulator.Reload()
    return accumulator


def session(accumulator: EventAccumulator, tag: str) -> plugin_data_pb2.HParamsPluginData:
    content = accumulator.SummaryMetadata(tag).plugin_data.content
    return plugin_data_pb2.HParamsPluginData.FromString(content)


@pytest.fixture(scope="module")
def logs(made_storage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(made_storage / "demo", tmp_path_factory.mktemp("board") / "logs", "tensorboard")


def test_there_is_one_run_a_trial_that_has_begun(made_storage: Path, logs: Path) -> None:
    found = records(made_storage / "demo")
    assert len(found) == len({record.key for record in found}) > 15
    runs = sorted(path.parent.relative_to(logs).as_posix() for path in logs.rglob(FILE))
    assert runs == sorted(run_name(record) for record in found)
    shared = [record for record in found if record.stages == ("search", "confirm")]
    assert [record.stage for record in shared] == ["confirm", "confirm"]  # the first proposal of each method


def test_every_report_stands_at_its_iteration_with_its_moment(made_storage: Path, logs: Path) -> None:
    with Ledger.open(made_storage, create=False) as ledger:
        reports = ledger.reports_frame("demo")
    for run in records(made_storage / "demo"):
        board = read(logs / run_name(run))
        own = reports.filter(key=run.key).sort("iteration")
        for name, tag in (("val_dice", "val/dice"), ("loss/dice", "loss/dice")):
            events = board.Scalars(tag)
            assert [event.step for event in events] == own["iteration"].to_list() == [10, 20]
            assert [event.value for event in events] == pytest.approx(own[name].to_list())
            assert [event.wall_time for event in events] == [report.at.timestamp() for report in run.reports]


def test_hyperparameters_and_final_values_are_a_session(made_storage: Path, logs: Path) -> None:
    for run in records(made_storage / "demo"):
        board = read(logs / run_name(run))
        start = session(board, SESSION_START).session_start_info
        assert start.group_name == run.cohort
        assert start.hparams["method"].string_value == run.method
        assert start.hparams["label_fraction"].number_value == run.label_fraction
        for name, value in run.hyperparameters.items():
            held = start.hparams[name]
            if isinstance(value, bool):
                assert held.bool_value == value
            elif isinstance(value, int | float):
                assert held.number_value == value
            else:
                assert held.string_value == (", ".join(map(str, value)) if isinstance(value, list) else str(value))
        assert run.hyperparameters
        expected = {"completed": 1, "pruned": 1, "failed": 2, "running": 3}
        assert session(board, SESSION_END).session_end_info.status == expected[run.state]
        finals = {tag: board.Scalars(tag)[0].value for tag in board.Tags()["scalars"] if tag.startswith("final/")}
        assert finals == pytest.approx({f"final/{name}": value for name, value in run.measured.items()})
        assert ("final/test_dice" in finals) is (run.stage == "confirm")


def test_test_values_of_a_locked_study_stay_locked(made_storage: Path, tmp_path: Path) -> None:
    folder = write_report([made_storage / "demo", made_storage / "locked"], tmp_path / "logs", "tensorboard")
    runs = {path.parent for path in folder.rglob(FILE)}
    assert {path.relative_to(folder).parts[0] for path in runs} == {"1-demo", "2-locked"}
    for path in runs:
        tags = read(path).Tags()["scalars"]
        is_demo = path.relative_to(folder).parts[:2] == ("1-demo", "confirm")
        assert any(tag.startswith("final/test_") for tag in tags) is is_demo


def test_names_from_data_stay_inside_of_the_folder_and_values_that_are_not_finite_are_told(tmp_path: Path) -> None:
    storage = tmp_path / "studies"
    with Ledger.open(storage) as ledger:
        record(ledger, made_config("odd"))
        planned = wanted("unet", 0.1, 0, hyperparameters={"../../x": "<b>🧪", "deep": {"er": [1, None]}, "none": None})
        planned = type(planned)(**{**vars(planned), "trial": {**planned.trial, "method": "../../../etc"}})
        ledger.plan("odd", "../search", [planned])
        attempt = ledger.claim([planned.key], "odd", "../search", Owner.this_process())[planned.key]
        values = {"val_dice": math.nan, "loss/🧪": math.inf, "x": 1.0}
        ledger.add_reports(planned.key, attempt, [{"iteration": 10, "values": values}])
    folder = write_report(storage / "odd", tmp_path / "logs", "tensorboard")
    assert {path.name for path in tmp_path.iterdir()} == {"logs", "studies"}
    (found,) = (path.parent for path in tmp_path.rglob(FILE))
    assert found.relative_to(folder).parts[:2] == ("search", "etc")
    board = read(found)
    assert math.isnan(board.Scalars("val/dice")[0].value)
    assert math.isnan(board.Scalars("loss/🧪")[0].value)
    start = session(board, SESSION_START).session_start_info
    assert start.hparams["../../x"].string_value == "<b>🧪"
    assert start.hparams["deep.er"].string_value == "1, None"
    assert start.hparams["none"].string_value == "none"
    assert session(board, SESSION_END).session_end_info.status == 3


def test_again_replaces_the_runs(made_storage: Path, logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    shutil.copytree(logs, folder)
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    write_report(made_storage / "demo", folder, "tensorboard")
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before
    assert (folder / MANIFEST).is_file()
