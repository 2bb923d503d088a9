"""The report's tables as files: the numbers of the report, and a folder that is whole or not there."""

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import s4mcl
from s4mcl.export.csv_files import as_text
from s4mcl_dashboards.formats import tables
from s4mcl_dashboards.formats.placed_folder import MANIFEST, placed_folder
from s4mcl_dashboards.formats.tables import OF_STUDY
from s4mcl_dashboards.material import read_material
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.problems import InputError


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_parquet_holds_what_notebooks_and_the_report_say(made_storage: Path, tmp_path: Path) -> None:
    demo, locked = made_storage / "demo", made_storage / "locked"
    folder = write_report([demo, locked], tmp_path / "tables", "parquet")
    assert files(folder) == sorted([*(f"{name}.parquet" for name in OF_STUDY), MANIFEST])
    read = {name: pl.read_parquet(folder / f"{name}.parquet") for name in OF_STUDY}
    with s4mcl.open(demo) as results:
        for name in ("comparisons", "ablation", "importance", "trials"):
            assert_frame_equal(read[name].filter(study="demo"), getattr(results, name)(), check_row_order=False)
        savings = results.label_savings().filter(pl.col("measure").is_in(read["label_savings"]["measure"].implode()))
        assert_frame_equal(read["label_savings"].filter(study="demo"), savings, check_row_order=False)
    material = read_material(demo)
    means = read["label_fractions"].filter(study="demo").drop("study", "part")
    assert_frame_equal(means, material.effect)
    assert read["label_fractions"].group_by("study", maintain_order=True).agg(pl.col("part").first()).rows() == [
        ("demo", "test"),
        ("locked", "val"),
    ]
    paper = read["table_1"].filter(study="demo", method="unet", label_fraction=0.1)
    assert paper["dice_paper"].to_list() == [0.874]
    assert set(read["warnings"].columns) == {"study", "kind", "text"}


def test_csv_holds_the_same_numbers_and_no_formula(made_storage: Path, tmp_path: Path) -> None:
    made = made_storage / "demo"
    exact = write_report(made, tmp_path / "exact", "parquet")
    folder = write_report(made, tmp_path / "csv", "csv")
    for name in OF_STUDY:
        table, text = pl.read_parquet(exact / f"{name}.parquet"), pl.read_csv(folder / f"{name}.csv")
        assert text.columns == table.columns
        for column in (column for column, kind in table.schema.items() if kind == pl.Float64):
            assert text[column].cast(pl.Float64).to_list() == table[column].to_list()
    seeds = pl.read_csv(folder / "label_fractions.csv")["seeds"]
    assert json.loads(seeds[0]) == [0, 1, 2]
    aliased = [["a", 'b "quoted"'], [None], None]
    assert as_text(pl.DataFrame({"aliased_with": aliased}))["aliased_with"].to_list() == [
        *('["a","b \\"quoted\\""]', "[null]", None)
    ]


def test_a_report_replaces_its_own_folder_and_keeps_what_is_not_its(made_storage: Path, tmp_path: Path) -> None:
    folder = write_report(made_storage / "demo", tmp_path / "csv", "csv")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "more.txt").write_text("mine too", encoding="utf-8")
    before = files(folder)
    write_report(made_storage / "demo", folder, "csv")
    assert files(folder) == before
    assert (folder / "sub" / "more.txt").read_text(encoding="utf-8") == "mine too"
    (folder / "trials.csv").write_text("changed by hand", encoding="utf-8")
    with pytest.raises(InputError, match=r"trials\.csv was changed since the report wrote it"):
        write_report(made_storage / "demo", folder, "csv")
    assert (folder / "trials.csv").read_text(encoding="utf-8") == "changed by hand"
    assert files(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["csv"]


def test_what_the_report_did_not_write_is_refused(made_storage: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "trials.csv").write_text("of another program", encoding="utf-8")
    with pytest.raises(InputError, match="was not written by the report"):
        write_report(made_storage / "demo", tmp_path / "other", "csv")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file; this format is a folder"):
        write_report(made_storage / "demo", tmp_path / "file", "csv")
    with pytest.raises(InputError, match="there is no folder"):
        write_report(made_storage / "demo", tmp_path / "missing" / "csv", "csv")
    assert files(tmp_path) == ["file", "other/trials.csv"]


def test_after_an_error_nothing_has_changed(
    made_storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_report(made_storage / "demo", tmp_path / "csv", "csv")
    before = {name: (folder / name).read_bytes() for name in files(folder)}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "write_csv", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_report(made_storage / "demo", folder, "csv")
    assert {name: (folder / name).read_bytes() for name in files(folder)} == before
    assert [path.name for path in tmp_path.iterdir()] == ["csv"]


def test_files_that_a_later_report_lacks_go(tmp_path: Path) -> None:
    for names in (("a", "sub/b"), ("a",)):
        with placed_folder(tmp_path / "made") as folder:
            for name in names:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(name, encoding="utf-8")
    assert files(tmp_path / "made") == [MANIFEST, "a"]
