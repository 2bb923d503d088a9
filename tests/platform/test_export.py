import csv
import os
import stat
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from made_study import make_study, wanted
from s4mcl.cli.app import app
from s4mcl.export import export_study, staged_files
from s4mcl.export.csv_files import as_text
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError

TABLES = ["trials", "attempts", "reports", "proposals", "arms", "events"]
ASKED = (
    *("key", "stage", "method", "label_fraction", "seed", "state", "reused", "attempts", "finished_at", "iterations"),
    *("seconds", "hyperparameters", "val_accuracy", "val_balanced_accuracy", "val_dice"),
    *("test_accuracy", "test_balanced_accuracy", "test_dice"),
)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with one whole study. Read only."""
    return make_study(tmp_path_factory.mktemp("made") / "studies").parent


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_parquet_holds_the_frames(storage: Path, tmp_path: Path) -> None:
    paths = export_study(storage, "demo", tmp_path / "made" / "anew")
    assert [path.name for path in paths] == [f"{name}.parquet" for name in TABLES]
    tables = {path.stem: pl.read_parquet(path) for path in paths}
    with Ledger.open(storage, create=False) as ledger:
        for name in TABLES[:-1]:
            assert_frame_equal(tables[name], getattr(ledger, f"{name}_frame")("demo"))
    assert set(ASKED) <= set(tables["trials"].columns)
    assert tables["trials"].height == 2 * 4 + 12 + 6
    assert tables["events"].select("kind", "text", "detail").rows() == [
        ("retried", "=a worker died and another went on", '{"key":"x"}')
    ]
    assert tables["arms"]["seeds"].to_list() == [[0, 1, 2], [0, 1, 2]]
    assert names_in(tmp_path / "made" / "anew") == sorted(path.name for path in paths)


def test_csv_holds_the_same_numbers(storage: Path, tmp_path: Path) -> None:
    parquet = {path.stem: path for path in export_study(storage, "demo", tmp_path, ["parquet", "csv"])}
    assert names_in(tmp_path) == sorted(f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet"))
    for name in TABLES:
        assert parquet[name].suffix == ".csv"
        exact, text = pl.read_parquet(tmp_path / f"{name}.parquet"), pl.read_csv(tmp_path / f"{name}.csv")
        assert text.columns == exact.columns
        assert text.height == exact.height
        for column in (column for column, kind in exact.schema.items() if kind in (pl.Float64, pl.Int64)):
            assert text[column].cast(exact.schema[column], strict=True).to_list() == exact[column].to_list()
    rows = list(csv.DictReader((tmp_path / "trials.csv").open(encoding="utf-8")))
    assert rows[0]["finished_at"][-6:] == "+00:00"
    assert rows[0]["test_dice"] == ""
    arms = list(csv.DictReader((tmp_path / "arms.csv").open(encoding="utf-8")))
    assert [arm["seeds"] for arm in arms] == ["[0,1,2]", "[0,1,2]"]


def test_csv_texts_are_no_formulas_and_numbers_stay(storage: Path, tmp_path: Path) -> None:
    export_study(storage, "demo", tmp_path, ["csv"])
    events = list(csv.DictReader((tmp_path / "events.csv").open(encoding="utf-8")))
    assert events[0]["text"] == "'=a worker died and another went on"
    risky = ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "a=1", "", None]
    shown = as_text(pl.DataFrame({"text": risky, "-name": [-1.5] * 9, "list": [[-1.0, None]] * 9}))
    assert shown["text"].to_list() == [*(f"'{text}" for text in risky[:6]), "a=1", "", None]
    assert shown.columns == ["text", "'-name", "list"]
    assert shown["'-name"].to_list() == [-1.5] * 9
    assert shown["list"][0] == "[-1.0,null]"


def test_an_empty_study_has_empty_tables(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "st") as ledger:
        ledger.record_study("empty", {}, {}, {}, {})
    paths = export_study(tmp_path / "st", "empty", tmp_path / "out", ["parquet", "csv"])
    assert len(paths) == 2 * len(TABLES)
    assert [pl.read_parquet(path).height for path in paths[:5]] == [0] * 5
    assert (tmp_path / "out/events.csv").read_text() == "at,kind,text,detail\n"


def test_exporting_again_replaces_and_leaves_other_files(tmp_path: Path) -> None:
    storage = tmp_path / "studies"
    with Ledger.open(storage) as ledger:
        ledger.record_study("demo", {}, {}, {}, {})
    (tmp_path / "notes.txt").write_text("mine")
    export_study(storage, "demo", tmp_path)
    assert pl.read_parquet(tmp_path / "trials.parquet").height == 0
    with Ledger.open(storage) as ledger:
        ledger.plan("demo", "confirm", [wanted("unet", 1, 1)])
    export_study(storage, "demo", tmp_path)
    assert pl.read_parquet(tmp_path / "trials.parquet").height == 1
    assert names_in(tmp_path) == sorted(["notes.txt", "studies", *(f"{name}.parquet" for name in TABLES)])


@pytest.mark.parametrize("name", ["a?b#c%20", "s3:", "{x}*"])
def test_the_destination_is_taken_literally(storage: Path, tmp_path: Path, name: str) -> None:
    export_study(storage, "demo", tmp_path / name, ["parquet", "csv", "optuna"])
    assert len(names_in(tmp_path / name)) == 2 * len(TABLES) + 1


def test_a_destination_that_is_a_file_is_refused(storage: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for destination in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match=r"file(.|\n)*Cure: "):
            export_study(storage, "demo", destination)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("formats", "said"),
    [
        (
            ["parqet"],
            r"unknown format 'parqet'.\nCure: did you mean parquet\? "
            "known are parquet, csv, optuna, onnx, torch, study",
        ),
        ([], "no format was given"),
        (["study", "csv"], "which holds no other files"),
    ],
)
def test_formats_that_cannot_be_are_refused(storage: Path, tmp_path: Path, formats: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        export_study(storage, "demo", tmp_path / "out", formats)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("before", [True, False])
def test_a_full_disk_leaves_nothing_half_written(
    storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    destination = tmp_path / "some" / "out"
    if before:
        export_study(storage, "demo", destination)
    old = {path.name: path.read_bytes() for path in destination.glob("*")}
    calls = []

    def full(_descriptor: int) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(staged_files.os, "fsync", full)
    with pytest.raises(InputError, match=r"No space left on device(.|\n)*Cure: "):
        export_study(storage, "demo", destination)
    assert {path.name: path.read_bytes() for path in destination.glob("*")} == old
    assert (tmp_path / "some").exists() == before


def test_the_command_prints_what_it_wrote(storage: Path, tmp_path: Path) -> None:
    words = ["export", str(storage / "demo"), str(tmp_path / "out")]
    found = CliRunner().invoke(app, words)
    assert found.stdout.split() == [str(tmp_path / "out" / f"{name}.parquet") for name in TABLES]
    found = CliRunner().invoke(app, [*words, "--format", "csv", "--format", "optuna"])
    assert found.stdout.split()[-1] == str(tmp_path / "out" / "optuna.sqlite")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "out/trials.csv").stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE((tmp_path / "out/optuna.sqlite").stat().st_mode) == 0o444
    found = CliRunner().invoke(app, ["export", str(storage / "other"), str(tmp_path / "out")])
    assert "no study 'other'" in str(found.exception)
