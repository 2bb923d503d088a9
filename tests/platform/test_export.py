from pathlib import Path

import polars as pl
import pytest

from s4mcl import export as module
from s4mcl.cli.export import export
from s4mcl.export import export_study
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl_trainables.problems import InputError

KEY = "0" * 64
ASKED = (
    *("key", "stage", "method", "label_fraction", "seed", "state", "reused", "attempts", "finished_at", "iterations"),
    *("seconds", "hyperparameters", "val_accuracy", "val_balanced_accuracy", "val_dice"),
    *("test_accuracy", "test_balanced_accuracy", "test_dice"),
)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    storage = tmp_path / "studies"
    with Ledger.open(storage) as ledger:
        ledger.record_study("demo", {}, {}, {}, {})
        trial = {"method": "unet", "label_fraction": 0.1, "seed": 0, "hyperparameters": {"generator_lr": 1e-4}}
        ledger.plan("demo", "confirm", [PlannedTrial(KEY, "cohort", trial)])
        ledger.claim([KEY], "demo", "confirm", Owner.this_process())
        reports = [{"iteration": at, "values": {"val_dice": at / 100, "loss/generalised_dice": 1.0}} for at in (10, 20)]
        ledger.add_reports(KEY, 1, reports)
        ending = {"summary": {"val_dice": 0.2, "best_iteration": 20}, "artifacts": f"trials/{KEY}/1"}
        ledger.finish(KEY, 1, state="completed", outcome="completed", iterations=20, seconds=1.5, **ending)
        ledger.record_test(KEY, "demo", {"test_dice": 0.3})
    return storage


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_files_hold_the_frames(storage: Path, tmp_path: Path) -> None:
    paths = export_study(storage, "demo", tmp_path / "made" / "anew")
    assert [path.name for path in paths] == ["trials.parquet", "reports.parquet"]
    trials, reports = (pl.read_parquet(path) for path in paths)
    assert not set(ASKED) - set(trials.columns)
    row = trials.row(0, named=True)
    assert (row["key"], row["state"], row["reused"], row["seconds"], row["test_dice"]) == (
        KEY,
        "completed",
        False,
        1.5,
        0.3,
    )
    assert row["test_accuracy"] is None
    assert row["hyperparameters"] == '{"generator_lr":0.0001}'
    assert trials.schema["finished_at"] == pl.Datetime("us", "UTC")
    assert reports.to_dict(as_series=False) == {
        "key": [KEY, KEY],
        "iteration": [10, 20],
        "loss/generalised_dice": [1.0, 1.0],
        "val_dice": [0.1, 0.2],
    }
    assert names_in(tmp_path / "made" / "anew") == ["reports.parquet", "trials.parquet"]


def test_exporting_again_replaces_and_leaves_other_files(storage: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    export_study(storage, "demo", tmp_path)
    with Ledger.open(storage) as ledger:
        trial = {"method": "unet", "label_fraction": 1, "seed": 1}
        ledger.plan("demo", "confirm", [PlannedTrial("1" * 64, "cohort", trial)])
    export_study(storage, "demo", tmp_path)
    assert pl.read_parquet(tmp_path / "trials.parquet").height == 2
    assert names_in(tmp_path) == ["notes.txt", "reports.parquet", "studies", "trials.parquet"]


@pytest.mark.parametrize("name", ["a?b#c%20", "s3:", "{x}*"])
def test_the_destination_is_taken_literally(storage: Path, tmp_path: Path, name: str) -> None:
    export_study(storage, "demo", tmp_path / name)
    assert names_in(tmp_path / name) == ["reports.parquet", "trials.parquet"]


def test_a_destination_that_is_a_file_is_refused(storage: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for destination in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match=r"file(.|\n)*Cure: "):
            export_study(storage, "demo", destination)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("before", [True, False])
def test_a_full_disk_leaves_nothing_half_written(
    storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    destination = tmp_path / "out"
    if before:
        export_study(storage, "demo", destination)
    old = {path.name: path.read_bytes() for path in destination.glob("*")}
    calls = []

    def full(_descriptor: int) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(InputError, match=r"No space left on device(.|\n)*Cure: "):
        export_study(storage, "demo", destination)
    assert {path.name: path.read_bytes() for path in destination.glob("*")} == old
    assert destination.exists() == before


def test_the_command_prints_what_it_wrote(storage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export(storage / "demo", tmp_path / "out")
    written = [str(tmp_path / "out" / name) for name in ("trials.parquet", "reports.parquet")]
    assert capsys.readouterr().out.split() == written
    with pytest.raises(InputError, match="no study 'other'"):
        export(storage / "other", tmp_path / "out")
