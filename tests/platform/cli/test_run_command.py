"""`s4mcl run` refuses bad input with one message, exit status 2, and nothing written."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from s4mcl.cli import app as application
from s4mcl.cli import report
from s4mcl.cli.app import app
from s4mcl.execution import study_run
from s4mcl.execution.study_run import Outcome
from s4mcl_trainables.problems import InputError

SMALL = ("methods=[stub]", "split=patch", "data.test=0.2", "image_size=16", "seeds=1", "label_fractions=[1.0]")


def refused(*words: str) -> str:
    """The message with which `s4mcl run` refuses these words."""
    found = CliRunner().invoke(app, ["run", *words])
    assert isinstance(found.exception, InputError), found.output
    return str(found.exception)


def test_without_a_word_it_says_what_to_do() -> None:
    text = refused()
    assert "name: expected" in text
    assert "data.path: expected the folder of a prepared dataset (`s4mcl data prepare` or `s4mcl data phantom`" in text
    assert "as in: s4mcl run study=quickstart name=demo data.path=FOLDER" in text


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("methods=[unett]", "did you mean unet"),
        ("budget.iteration=3", "budget.iterations"),
        ("label_fractions=[0.0]", "label_fractions"),
        ("image_size=24", "multiple of 16"),
        ("image_size=64", "larger than the prepared images"),
        ("label_fractions=[0.001]", "label fractions cannot be drawn"),
        ("cluster.cpus_per_pack=4000", "cluster.cpus_per_pack=4000 was asked for"),
    ],
)
def test_bad_words_are_refused(shapes: Path, tmp_path: Path, word: str, said: str) -> None:
    text = refused("name=demo", f"data.path={shapes}", f"storage={tmp_path / 'st'}", *SMALL, word)
    assert said in text
    assert "Cure: " in text
    assert not (tmp_path / "st/demo").exists()


def test_a_dataset_that_is_not_there(tmp_path: Path) -> None:
    text = refused("name=demo", f"data.path={tmp_path / 'none'}", f"storage={tmp_path / 'st'}")
    assert str(tmp_path / "none") in text
    assert list(tmp_path.iterdir()) == []


def test_a_storage_that_is_a_file(shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "st").touch()
    text = refused("name=demo", f"data.path={shapes}", f"storage={tmp_path / 'st'}", *SMALL)
    assert "st is a file, where storage= asks for a folder" in text


def test_the_program_prints_the_message_and_ends_with_2(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("s4mcl")
    done = subprocess.run([program, "run"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("s4mcl: the configuration cannot be used:\n  - ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("outcome", "status", "said"),
    [
        ({"interrupted": True, "stop_reason": "interrupted"}, 130, "the same command again goes on with"),
        ({"stop_reason": "images.npy is gone.\nCure: put it back"}, 2, "Cure: put it back"),
        ({"failed": 1}, 1, "1 trial failed; see: s4mcl status"),
        ({"failed": 3}, 1, "3 trials failed"),
        (
            {"untested": ("best.pt is gone", "so")},
            1,
            "2 trials could not be judged on the test part; the first because",
        ),
        ({}, 0, ""),
    ],
)
def test_exit_statuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: dict[str, Any], status: int, said: str
) -> None:
    usual = {"study_dir": tmp_path, "interrupted": False, "failed": 0, "untested": (), "stop_reason": None}
    ended = Outcome(**{**usual, **outcome})
    monkeypatch.setattr(study_run, "run_study", lambda _config, *, retry_stopped: ended)
    found = CliRunner().invoke(app, ["run", "name=demo", "data.path=nowhere", "--no-report"])
    assert found.exit_code == status
    assert said in found.stderr


def test_the_report_is_kept_beside_the_files_of_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(study_dirs: list[Path]) -> None:
        (study_dirs[0] / "report.html").write_text("the report")

    ended = Outcome(tmp_path, interrupted=False, failed=0, untested=(), stop_reason=None)
    monkeypatch.setattr(study_run, "run_study", lambda _config, *, retry_stopped: ended)
    monkeypatch.setattr(report, "report", write)
    words = ["name=demo", "data.path=nowhere", f"artifacts=file://{tmp_path}/kept"]
    assert CliRunner().invoke(app, ["run", *words]).exit_code == 0
    assert (tmp_path / "kept/demo/report.html").read_text() == "the report"


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), 130), (InputError("bad"), 2)])
def test_whatever_is_under_way_when_it_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, status: int
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(application, "app", fail)
    with pytest.raises(SystemExit) as ended:
        application.run_app()
    assert ended.value.code == status
    assert "Traceback" not in capsys.readouterr().err
