"""What all formats have in common: their names, a study without trials, one whose trials failed, and bad input."""

import subprocess
import sys
from pathlib import Path

import pytest
from programs_at_hand import needs_chromium

from made_study import made_config, record, train, wanted
from s4mcl.ledger import Ledger
from s4mcl_dashboards.report import FORMATS, write_report
from s4mcl_trainables.problems import InputError

OF_TRIALS = ("csv", "parquet", "tensorboard", "mlflow")
OF_WORDS = tuple(name for name in FORMATS if name not in OF_TRIALS)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with a study without trials, and one whose only trial failed. Read only."""
    storage = tmp_path_factory.mktemp("edges") / "studies"
    with Ledger.open(storage) as ledger:
        for name in ("empty", "failed"):
            record(ledger, made_config(name))
        planned = wanted("unet", 0.1, 0)
        ledger.plan("failed", "confirm", [planned])
        train(ledger, planned, "failed", "confirm", state="failed")
    return storage


def test_all_formats_are_there() -> None:
    assert [*FORMATS] == ["html", "pdf", "csv", "parquet", "markdown", "latex", "tensorboard", "mlflow"]


@pytest.mark.parametrize("kind", OF_TRIALS)
def test_a_study_without_trials_is_refused(storage: Path, tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputError, match="empty: no trials yet, so there is nothing to write"):
        write_report(storage / "empty", tmp_path / "made", kind)
    assert [*tmp_path.iterdir()] == []


@needs_chromium
@pytest.mark.parametrize("kind", OF_WORDS)
@pytest.mark.parametrize("name", ["empty", "failed"])
def test_words_say_that_there_is_nothing(storage: Path, tmp_path: Path, kind: str, name: str) -> None:
    path = write_report(storage / name, tmp_path / "made", kind)
    told = {"markdown": "report.md", "latex": "report.tex"}
    if kind != "pdf":
        text = (path / told[kind] if kind in told else path).read_text(encoding="utf-8")
        expected = "no trials yet" if name == "empty" else "of the confirm stage failed"
        assert expected in text
    assert [found.name for found in tmp_path.iterdir()] == ["made"]


@pytest.mark.parametrize("kind", OF_TRIALS)
def test_trials_that_failed_are_written(storage: Path, tmp_path: Path, kind: str) -> None:
    assert write_report(storage / "failed", tmp_path / "made", kind).is_dir()


@pytest.mark.parametrize("kind", FORMATS)
def test_bad_input_is_one_message(storage: Path, tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputError, match="holds no study 'emty'"):
        write_report(storage / "emty", tmp_path / "made", kind)
    if kind != "mlflow":
        with pytest.raises(InputError, match="there is no folder"):
            write_report(storage / "failed", tmp_path / "missing" / "made", kind)
    assert [*tmp_path.iterdir()] == []


def test_the_command_ends_with_status_2_and_one_message(storage: Path) -> None:
    command = [sys.executable, "-c", "from s4mcl.cli.app import run_app; run_app()"]
    shown = subprocess.run(
        [*command, "report", str(storage / "failed"), "--format", "word"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 2
    assert shown.stderr.splitlines() == [
        "s4mcl: unknown format 'word'.",
        f"Cure: known are {', '.join(FORMATS)}",
    ]


def test_a_format_loads_what_it_needs_alone() -> None:
    code = (
        "import sys, s4mcl_dashboards.report, s4mcl_dashboards.formats.html;"
        "print(sorted({'torch', 'mlflow', 'kaleido', 'tensorboardX'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
