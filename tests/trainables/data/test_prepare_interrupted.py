"""A run that is ended in the middle leaves nothing at its destination."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import sys
from pathlib import Path
from s4mcl_trainables.data import worker_pool
from s4mcl_trainables.data.prepare import prepare

def say(stage, done, total):
    print(stage, done, flush=True)

if __name__ == "__main__":
    worker_pool.WORTH = 0.0
    try:
        prepare(Path(sys.argv[1]), Path(sys.argv[2]), workers=2, progress=say)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ended_by_a_signal(table: Any, dst: Path, tmp_path: Path, number: signal.Signals) -> None:
    table.filled(2)
    for position in range(2, 1000):
        (table.root / "images" / f"a{position}.png").symlink_to(table.root / "images" / f"a{position % 2}.png")
    root = table.write()
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    run = subprocess.Popen([sys.executable, str(script), str(root), str(dst)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    for line in run.stdout:
        stage, done = line.split()
        if stage == "images" and int(done) > 32:  # the first chunk runs in the process itself
            break
    workers = _children(run.pid)
    assert len(workers) >= 2 or not Path("/proc/self/task").exists()
    run.send_signal(number)
    status = run.wait(timeout=30)
    assert status == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert not dst.exists()
    if number == signal.SIGINT:
        assert not dst.parent.exists()
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in workers if _alive(pid)]


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
