"""`s4mcl clean` and the files of trials that are kept under a URI."""

import os
import shutil
import time
from pathlib import Path

import pytest

from made_study import make_study, wanted
from s4mcl.clean import clean
from s4mcl.clean.trial_folder import file_system_time, half_written
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training import uri_store

UNKNOWN = "0" * 64


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """A storage whose trials' files are kept under a URI too; some of them twice, of an earlier attempt."""
    storage = make_study(tmp_path / "st", "demo", f"artifacts=file://{tmp_path}/kept").parent
    with Ledger.open(storage) as ledger:
        planned = wanted("unet", 0.1, 77)  # was left behind by a driver that is gone
        ledger.plan("demo", "search", [planned])
    for number in (1, 2):
        (storage / "trials" / planned.key / str(number)).mkdir(parents=True)
        (storage / "trials" / planned.key / str(number) / "last.pt").write_text("last")
    return storage


def test_the_same_goes_as_in_the_storage(storage: Path, tmp_path: Path) -> None:
    shutil.copytree(storage / "trials", tmp_path / "kept/trials")
    (tmp_path / "kept/trials" / UNKNOWN / "1").mkdir(parents=True)
    (tmp_path / "kept/trials" / UNKNOWN / "1/best.pt").write_text("another storage's")
    (tmp_path / "kept/demo").mkdir()
    (tmp_path / "kept/demo/report.html").write_text("report")
    before = files_of(tmp_path / "kept")
    shown = clean(storage, dry_run=True)
    assert files_of(tmp_path / "kept") == before
    found = clean(storage)
    assert (found.removals, found.left) == (shown.removals, shown.left)
    left = files_of(tmp_path / "kept")
    assert left - {f"trials/{UNKNOWN}/1/best.pt", "demo/report.html"} == {
        f"trials/{name}" for name in files_of(storage / "trials")
    }
    assert {f"trials/{UNKNOWN}/1/best.pt", "demo/report.html"} < left
    gone = {f"file://{tmp_path}/kept/{name}" for name in before - left}
    assert gone
    assert gone == {removal.place for removal in found.removals if removal.uri}
    assert all(place in shown.to_text() for place in gone)
    assert f"1 trials under file://{tmp_path}/kept that this ledger does not know; they may be another's" in found.left
    assert [path for path in (tmp_path / "kept/trials").glob("*/*") if not any(path.iterdir())] == []
    assert clean(storage).removals == ()


def test_what_does_not_answer_is_told_before_anything_is_removed(
    storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_store: object, at: str) -> None:
        raise OSError(f"{at}: no answer")

    monkeypatch.setattr(uri_store, "WAITS", ())
    monkeypatch.setattr(uri_store.Store, "below", refuse)
    before = files_of(storage)
    with pytest.raises(
        InputError, match=r"/kept cannot be read from .*: trials: no answer\nCure: look whether .* reach"
    ):
        clean(storage)
    assert files_of(storage) == before


def test_half_written_files_are_dated_by_the_file_system_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file server an hour ahead of this machine, or behind it."""
    path = tmp_path / ".best.pt.4711"
    path.touch()
    real = time.time
    for hours in (-2, 2):
        monkeypatch.setattr(time, "time", lambda hours=hours: real() + 3600 * hours)
        assert list(half_written(tmp_path, tmp_path, file_system_time(tmp_path))) == []
    monkeypatch.undo()
    before = time.time() - 7200
    os.utime(path, (before, before))
    assert len(list(half_written(tmp_path, tmp_path, file_system_time(tmp_path)))) == 1
