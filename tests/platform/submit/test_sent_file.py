"""A file through a job's log comes back whole, or is refused."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from s4mcl.submit.sent_file import END, content_of, received, sent
from s4mcl_trainables.problems import InputError

AROUND = "INFO job_manager.py -- Runtime env is setting up.\nRunning entrypoint for job x: cd\n"


@pytest.mark.parametrize("content", [b"", b"<html>\xf0\x9f\xa6\xb4</html>", os.urandom(300_000)])
def test_it_comes_back_whatever_stands_around_it(content: bytes) -> None:
    assert received(f"{AROUND}{sent(content)}\nsome warning at the end\n") == content


def test_what_is_not_whole_is_refused() -> None:
    text = sent(os.urandom(100_000))
    lines = text.splitlines()
    for cut in ("\n".join([*lines[:5], *lines[6:]]), text.replace(lines[3][:4], "AAAA", 1)):
        with pytest.raises(InputError, match=r"is not whole.\nCure: try again"):
            received(cut)


def test_what_did_not_begin_is_told_with_what_was_said() -> None:
    for log in (f"{AROUND}s4mcl: No such file: 'x'\n", sent(b"abc").rsplit("\n", 1)[0] + "s4mcl: No such file"):
        with pytest.raises(InputError, match=r"no file came back; the cluster said: .*No such file"):
            received(log)


def test_the_command_prints_it(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(b"<html>")
    assert content_of(f"file://{tmp_path}/report.html") == b"<html>"

    def printed(name: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "s4mcl.submit.sent_file", name]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert received(printed("report.html").stdout) == b"<html>"
    done = printed("none.html")
    assert done.returncode == 1
    assert done.stderr.startswith("s4mcl: [Errno 2] No such file")


@pytest.mark.parametrize("told", [True, False])
def test_it_does_not_stay_in_the_log(tmp_path: Path, told: bool) -> None:
    """Ray's supervisor opens the log to append, and tells a job to end by SIGTERM."""
    (tmp_path / "report.html").write_bytes(b"<html>")
    seconds = 60 if told else 0.5
    code = (
        f"import sys; from s4mcl.submit import sent_file; sent_file.KEPT_SECONDS = {seconds}; "
        "sys.argv = ['', 'report.html']; sent_file.main()"
    )
    log = tmp_path / "job.log"
    log.write_text(AROUND)
    with log.open("a") as output:
        process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=output, stderr=output)
    until = time.monotonic() + 30
    while told and END not in log.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    if told:
        assert received(log.read_text()) == b"<html>"
        process.terminate()
    assert process.wait(30) == 0
    assert log.read_text() == ""
