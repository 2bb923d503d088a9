"""Scratch folders: gone with their driver, or with the next one."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from s4mcl.execution.scratch import scratch_folder

LEFT = """
import os, signal
from s4mcl.execution.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_driver_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "s4mcl-tune-other").mkdir()
    shown = subprocess.run(
        [sys.executable, "-c", LEFT],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    left = Path(shown.stdout.strip())
    assert (left.parent, (left / "file").read_text()) == (tmp_path, "x")
    with scratch_folder() as first, scratch_folder() as second:
        assert not left.exists()
        assert first.is_dir()
        assert second.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["s4mcl-tune-other"]
