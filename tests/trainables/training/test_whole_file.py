"""Files are whole or not there, on a full disk too."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from s4mcl_trainables.training.checkpoint import save_checkpoint
from s4mcl_trainables.training.whole_file import NoSpace, remove_stale, room, whole_file


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The kernel refuses what is written behind `size` bytes of any file (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_whole(path: Path, data: bytes) -> None:
    with whole_file(path, len(data)) as file:
        file.write(data)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two!")
    assert path.read_bytes() == b"two!"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with largest_file(4096), pytest.raises(NoSpace, match="No space left on device") as caught:
        write_whole(path, bytes(100_000))
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.needed == 150_000
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_a_library_that_hides_a_full_disk_is_seen_through(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    save_checkpoint(path, {"weights": torch.zeros(8)})
    before = path.read_bytes()
    with largest_file(30_000), pytest.raises(NoSpace):
        save_checkpoint(path, {"weights": torch.zeros(100_000)})
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["last.pt"]
    with pytest.raises(TypeError, match="bytes-like"):
        write_whole(path, "no bytes")  # type: ignore[arg-type]  # an error of another kind stays what it is
    assert path.read_bytes() == before


def test_nothing_is_begun_where_too_little_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "later" / "file"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=149))
    with pytest.raises(NoSpace) as caught:
        write_whole(path, bytes(100))
    assert (caught.value.needed, caught.value.free) == (150, 149)
    assert not path.parent.exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=150))
    write_whole(path, bytes(100))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_quota_is_a_full_disk_and_other_errors_are_none(tmp_path: Path, code: int) -> None:
    with pytest.raises(NoSpace), room(tmp_path, 10):
        raise OSError(code, os.strerror(code))
    with pytest.raises(OSError, match="Input/output") as caught, room(tmp_path, 10):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert not isinstance(caught.value, NoSpace)


def test_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    living = subprocess.Popen(["sleep", "60"])
    try:
        names = {
            "dead": f".last.pt.{gone.pid}",
            "own": f".best.pt.{os.getpid()}",
            "living": f".last.pt.{living.pid}",
            "foreign": ".hidden.txt",
            "whole": "last.pt",
        }
        for name in names.values():
            (tmp_path / name).touch()
        remove_stale(tmp_path)
        assert {each.name for each in tmp_path.iterdir()} == {names["living"], names["foreign"], names["whole"]}
    finally:
        living.kill()
        living.wait()
    remove_stale(tmp_path / "nowhere")


WRITER = """
import sys
from pathlib import Path
from s4mcl_trainables.training.whole_file import whole_file
number = 0
while True:
    number = (number + 1) % 256
    with whole_file(Path(sys.argv[1]), 2**20) as file:
        for _ in range(16):
            file.write(bytes([number]) * 2**16)
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    leftovers = 0
    for delay in range(12):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()  # one is whole
        time.sleep(delay / 1000)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        data = path.read_bytes()
        assert len(data) == 2**20
        assert len(set(data)) == 1
        leftovers += len(list(tmp_path.iterdir())) - 1
        remove_stale(tmp_path)
        assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert leftovers > 0
