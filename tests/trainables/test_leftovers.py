"""What killed workers have left on a node."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from s4mcl_trainables import processes
from s4mcl_trainables.processes import is_of_the_dead, process_mark, process_start
from s4mcl_trainables.training.node_folder import remove_leftovers, trial_folder

KILLED = """
import os, signal, sys, tempfile
from pathlib import Path
from s4mcl_trainables.training.node_folder import node_folder, trial_folder
from s4mcl_trainables.processes import process_mark
folder = trial_folder("s3://bucket", Path("/storage/trials/abc/1"))
folder.mkdir(parents=True)
(folder / "last.pt").touch()
half = node_folder("datasets", f".{process_mark()}-x1y2")
half.mkdir(parents=True)
print(folder, half, flush=True)
if sys.argv[1] == "dies":
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdin.read()
"""


def worker(tmp_path: Path, what: str) -> tuple["subprocess.Popen[str]", list[Path]]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, what], **pipes, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    assert process.stdout is not None
    return process, [Path(each) for each in process.stdout.readline().split()]


def test_what_killed_workers_left_goes_and_what_lives_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, left = worker(tmp_path, "dies")
    dead.wait()
    alive, kept = worker(tmp_path, "lives")
    try:
        own = trial_folder("s3://bucket", Path("/storage/trials/abc/1"))
        own.mkdir(parents=True)
        others = [own.parents[3] / name for name in ("00000000-1-00000000", "something")]  # of another host; no mark
        whole = own.parents[4] / "datasets" / "fingerprint"
        for path in (*others, whole):
            path.mkdir()
        assert all(path.exists() for path in (*left, *kept, own))
        remove_leftovers()
        assert not any(path.exists() for path in left)
        assert not left[0].parents[2].exists()
        assert all(path.exists() for path in (*kept, own, *others, whole))
    finally:
        alive.communicate("")


def test_a_later_process_of_the_same_number_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = process_mark()
    assert mark == process_mark()
    assert not is_of_the_dead(mark)
    assert not is_of_the_dead(f"{mark}-x1y2")
    assert not is_of_the_dead("last.pt")
    monkeypatch.setattr(processes, "process_start", lambda pid: f"{process_start(pid)} but later")
    assert is_of_the_dead(mark)
    monkeypatch.setattr(processes, "this_host", lambda: "elsewhere")
    assert not is_of_the_dead(mark)
