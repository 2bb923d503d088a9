from pathlib import Path

import pytest

from s4mcl.ledger import Ledger
from s4mcl.study_directory import find_study
from s4mcl_trainables.problems import InputError


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    with Ledger.open(tmp_path / "studies") as ledger:
        for name in ("busi-table1", "demo"):
            ledger.record_study(name, {}, {}, {}, {})
            (tmp_path / "studies" / name).mkdir()
    return tmp_path / "studies"


def test_a_study_is_its_folder(storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(storage)
    for given in ("demo", storage / "demo", "demo/", "./busi-table1/../demo", str(storage / "demo") + "/"):
        found = find_study(given)
        assert (found.path, found.storage, found.name) == (storage / "demo", storage, "demo")
    monkeypatch.chdir(storage / "demo")
    assert find_study(".").name == "demo"


def test_a_linked_study_folder_keeps_its_storage(storage: Path, tmp_path: Path) -> None:
    (storage / "demo").rmdir()
    (tmp_path / "large-disk").mkdir()
    (storage / "demo").symlink_to(tmp_path / "large-disk")
    assert find_study(storage / "demo").storage == storage


def test_an_unknown_study_is_answered_with_the_nearest(storage: Path) -> None:
    with pytest.raises(InputError, match=r"no study 'dmeo': it holds busi-table1, demo\.\nCure: did you mean demo\?"):
        find_study(storage / "dmeo")
    with pytest.raises(InputError, match=r"no study 'zzz': it holds busi-table1, demo\.\nCure: name one of these"):
        find_study(storage / "zzz")


def test_many_studies_are_listed_in_part(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.transaction():
        for number in range(25):
            ledger.record_study(f"s{number:02}", {}, {}, {}, {})
    with pytest.raises(InputError, match=r"s00, .*, s19 and 5 more\."):
        find_study(tmp_path / "unlike")


def test_what_is_no_study_is_refused_and_nothing_is_made(storage: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path, said in (
        (tmp_path / "file", "is a file"),
        (tmp_path / "none" / "demo", "does not exist"),
        (tmp_path / "demo", "holds no ledger"),
        (storage, "holds no ledger"),
    ):
        with pytest.raises(InputError, match=rf"{said}(.|\n)*Cure: "):
            find_study(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "studies"]


def test_a_storage_without_studies_says_how_to_begin_one(tmp_path: Path) -> None:
    Ledger.open(tmp_path).close()
    with pytest.raises(InputError, match=r"holds none yet\.\nCure: begin one with"):
        find_study(tmp_path / "demo")
