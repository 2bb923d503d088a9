import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from s4mcl.execution.lock import StudyLock, holder
from s4mcl_trainables.problems import InputError

HOLD = """
    import sys
    from pathlib import Path
    from s4mcl.execution.lock import StudyLock
    with StudyLock(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
"""


def test_a_second_driver_is_told_who_holds_the_study(tmp_path: Path) -> None:
    with StudyLock(tmp_path / "demo") as lock:
        found = json.loads(lock.path.read_text())
        assert found["pid"] == os.getpid()
        with pytest.raises(InputError, match=f"process {os.getpid()} on .* since {found['since'][:10]}"):
            StudyLock(tmp_path / "demo").__enter__()
        with StudyLock(tmp_path / "other"):
            pass
    with StudyLock(tmp_path / "demo"):
        pass


def test_a_killed_driver_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        held = holder(tmp_path)
        assert held is not None
        assert held.pid == process.pid
        with pytest.raises(InputError, match=f"process {process.pid} on "):
            StudyLock(tmp_path).__enter__()
        process.kill()
        process.wait()
        assert holder(tmp_path) is None
        with StudyLock(tmp_path):
            assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()


def test_nobody_holds_a_study_without_a_driver(tmp_path: Path) -> None:
    assert holder(tmp_path / "none") is None
    with StudyLock(tmp_path):
        pass
    assert holder(tmp_path) is None
    assert (tmp_path / "lock").read_text() == ""


def test_a_lock_without_a_name_still_holds(tmp_path: Path) -> None:
    with StudyLock(tmp_path) as lock:
        lock.path.write_text("{broken")
        with pytest.raises(InputError, match="being run by another process"):
            StudyLock(tmp_path).__enter__()


def test_a_study_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("x")
    with pytest.raises(InputError, match=r"demo/lock cannot be opened(.|\n)*Cure: "):
        StudyLock(tmp_path / "demo").__enter__()
