import errno
import os
from pathlib import Path

import pytest

from s4mcl_trainables.data.destination import fresh_folder
from s4mcl_trainables.problems import InputError


def test_the_folder_appears_at_the_end(tmp_path: Path) -> None:
    dst = tmp_path / "new" / "deeper" / "dst"
    with fresh_folder(dst) as folder:
        (folder / "a").write_text("x")
        assert not dst.exists()
    assert [path.name for path in dst.parent.iterdir()] == ["dst"]
    assert (dst / "a").read_text() == "x"


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    with fresh_folder(tmp_path) as folder:
        (folder / "a").touch()
    assert (tmp_path / "a").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), InputError("x"), ValueError("x")])
def test_nothing_stays_whatever_ends_it(tmp_path: Path, error: BaseException) -> None:
    def fill() -> None:
        with fresh_folder(tmp_path / "new" / "dst") as folder:
            (folder / "a").touch()
            raise error

    with pytest.raises(type(error)):
        fill()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "cure"), [(errno.ENOSPC, "make room"), (errno.EDQUOT, "make room"), (errno.EACCES, "you may write to")]
)
def test_faults_of_the_disk_have_their_cure(tmp_path: Path, number: int, cure: str) -> None:
    with pytest.raises(InputError, match=cure) as caught, fresh_folder(tmp_path / "dst"):
        raise OSError(number, os.strerror(number))
    assert os.strerror(number) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_taken_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("mine")
    for place, found in (("file", "is a file"), ("full", "not empty"), ("file/below", "cannot be written")):
        with pytest.raises(InputError, match=found), fresh_folder(tmp_path / place):
            pytest.fail("the block must not run")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "file", "full"]


def test_no_write_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    if os.geteuid() == 0:  # a superuser may write anywhere
        make = Path.mkdir

        def refuse(path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
            if path.parent == locked:
                raise PermissionError(errno.EACCES, "Permission denied")
            make(path, mode, parents, exist_ok)

        monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match="Permission denied") as caught, fresh_folder(locked / "dst"):
        pytest.fail("the block must not run")
    assert "you may write to" in str(caught.value)
    assert list(locked.iterdir()) == []
