"""The exit status of a job is passed on exactly, and a connection that breaks is taken up again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from s4mcl.submit import following
from s4mcl.submit.following import Ending, ending_of, follow
from s4mcl.submit.job_server import unreachable
from s4mcl_trainables.problems import InputError

LOST = unreachable("http://127.0.0.1:8265", "Connection refused")
NO_PIP = """runtime_env setup failed: Failed to set up runtime environment.
[Node 10.0.0.7] Traceback (most recent call last):
  File "packaging.py", line 1374, in install_wheel_package
FileNotFoundError: [Errno 2] No such file or directory: 'pip'

During handling of the above exception, another exception occurred:

UnboundLocalError: cannot access local variable 'exit_code'
"""


AT_ONCE = "runtime_env setup failed: Failed to set up runtime environment.\n[Node 10.0.0.7] Traceback:\n  File\n{}\n"
TAKEN = "RuntimeError: Failed to install py_modules wheel /tmp/s4mcl-0.1.0-0ab-py3-none-anyto /tmp/s4mcl-0.1.0-0ab-any:"
BROKEN = "RuntimeError: Failed to install py_modules wheel /tmp/s4mcl-0.1.0-0ab-py3-none-any.whlto /tmp/s4mcl-any:"
GONE = "ValueError: Local directory /tmp/s4mcl-any for URI gcs://s4mcl-any.whl does not exist on the cluster. Something"


@dataclass
class Details:
    status: str
    driver_exit_code: int | None = None
    message: str | None = None


class FakeServer:
    """Tells of its log from the beginning each time, and breaks where it is told to."""

    def __init__(self, *turns: tuple[list[str], str | None, Details | None]) -> None:
        self.turns = list(turns)
        self.ending: Details | None = None

    def follow_log(self, _job: str, write: Callable[[str], None]) -> None:
        texts, error, self.ending = self.turns.pop(0)
        for text in texts:
            write(text)
        if error is not None:
            raise InputError(error)

    def details(self, _job: str) -> Any:
        return self.ending


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(following.time, "sleep", pauses.append)
    return pauses


def followed(server: FakeServer) -> tuple[str, Ending]:
    shown: list[str] = []
    ending = follow(server, "job", shown.append)  # type: ignore[arg-type]
    return "".join(shown), ending


def test_a_log_is_shown_once_though_the_connection_breaks() -> None:
    running, done = Details("RUNNING"), Details("SUCCEEDED", 0)
    server = FakeServer(
        (["one\ntw"], LOST, None),
        (["on", "e\ntwo\n"], None, running),
        ([], LOST, None),
        (["one\ntwo\nthree\n"], None, done),
    )
    assert followed(server) == ("one\ntwo\nthree\n", Ending(0))


def test_a_cluster_that_is_gone_is_given_up_after_a_while(at_once: list[float]) -> None:
    with pytest.raises(InputError, match="no job server answers"):
        followed(FakeServer(*[([], LOST, None)] * 20))
    assert at_once == [1, 2, 4, 8, 16]


def test_another_error_ends_it_at_once() -> None:
    with pytest.raises(InputError, match="knows no job"):
        followed(FakeServer(([], "the cluster knows no job 'x'", None)))


@pytest.mark.parametrize("code", [0, 1, 2, 3, 130, 255])
def test_the_commands_own_status(code: int) -> None:
    assert ending_of(Details("SUCCEEDED" if code == 0 else "FAILED", code, "log")) == Ending(code)


@pytest.mark.parametrize(
    ("details", "status", "said"),
    [
        (Details("STOPPED"), 130, "the job was stopped; the same command again goes on"),
        (Details("FAILED", -9), 137, "was killed by signal 9"),
        (Details("FAILED", 127), 127, "no python is on the PATH that Ray was started with.\nCure: "),
        (
            Details("FAILED", None, NO_PIP),
            2,
            "node 10.0.0.7 could not set up the job: FileNotFoundError: [Errno 2] No such file or directory: 'pip'\n",
        ),
        (
            Details("FAILED", None, "Job supervisor died"),
            2,
            "the cluster could not set up the job: Job supervisor died",
        ),
        (
            Details("FAILED", None, AT_ONCE.format(TAKEN)),
            2,
            f"{TAKEN}\nCure: submit it again: another job was bringing",
        ),
        (Details("FAILED", None, AT_ONCE.format(GONE)), 2, f"{GONE}\nCure: submit it again: another job was bringing"),
        (Details("FAILED", None, AT_ONCE.format(BROKEN)), 2, f"{BROKEN}\nCure: see that pip is on the PATH"),
        (Details("FAILED"), 2, "the cluster could not set up the job: no reason is given\nCure: "),
    ],
)
def test_what_happened_is_said(details: Details, status: int, said: str) -> None:
    found = ending_of(details)
    assert found.exit_status == status
    assert said in found.text
