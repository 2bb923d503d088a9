import shlex
import sys
from pathlib import Path

import pytest

from s4mcl.execution.provenance import JOB, provenance, shell_line, submitted_commit, this_command
from s4mcl_trainables.numerics import Profile


def test_no_home_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", classmethod(lambda _cls: Path("/home/someone")))
    monkeypatch.setattr(sys, "argv", ["/opt/bin/s4mcl", "run", "data.path=/home/someone/scans", "storage=/data"])
    assert this_command() == ["s4mcl", "run", "data.path=~/scans", "storage=/data"]


def test_what_made_the_numbers() -> None:
    found = provenance(Profile("cpu", "float32", "2.10", 1), ["s4mcl", "run"])
    assert found["command"] == "s4mcl run"
    assert found["versions"]["torch"][0].isdigit()
    assert found["machine"]["device"] == "cpu"
    assert found["commit"]


def test_the_command_can_be_pasted_into_a_shell() -> None:
    words = ["s4mcl", "run", "methods=[unet,cnn]", "search.constraints=[val_dice >= 0.5]", "description=it's"]
    line = shell_line([*words, "data.path=~/scans"])
    assert line.startswith("s4mcl run 'methods=[unet,cnn]' 'search.constraints=[val_dice >= 0.5]' ")
    assert line.endswith(" data.path=~/scans")
    assert shlex.split(line)[:5] == words


@pytest.mark.parametrize(
    ("told", "commit"),
    [
        ('{"metadata": {"commit": "0123456789ab"}}', "0123456789ab"),
        ('{"metadata": {"commit": "unknown"}}', None),
        ('{"metadata": {}}', None),
        ('{"metadata": null}', None),
        ("{", None),
        (None, None),
    ],
)
def test_a_job_tells_which_commit_was_submitted(
    monkeypatch: pytest.MonkeyPatch, told: str | None, commit: str | None
) -> None:
    monkeypatch.delenv(JOB, raising=False)
    if told is not None:
        monkeypatch.setenv(JOB, told)
    assert submitted_commit() == commit
