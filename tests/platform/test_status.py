import json
import math
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from s4mcl.cli.status import status
from s4mcl.execution.lock import StudyLock
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl.status import study_status
from s4mcl_trainables.problems import InputError

HERE = Owner.this_process()


def planned(number: int, method: str = "stub") -> PlannedTrial:
    trial = {"method": method, "label_fraction": 0.1, "seed": number, "hyperparameters": {}}
    return PlannedTrial(f"{number:064x}", "cohort", trial, dataset="data", partition="part")


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Study demo: in search trials of every state, in confirm a reused one and one that read the test labels."""
    with Ledger.open(tmp_path) as ledger:
        for study in ("demo", "before"):
            ledger.record_study(study, {}, {}, {}, {})
        ledger.plan("demo", "search", [planned(number) for number in range(6)])
        ledger.plan("demo", "confirm", [planned(0), planned(9)])
        nan: dict[str, Any] = {"outcome": "nan", "detail": {"iteration": 40, "terms": {"loss/dice": math.nan}}}
        for number, state, ending in (
            (0, "completed", {"outcome": "completed"}),
            (1, "pruned", {"outcome": "pruned"}),
            (2, "failed", nan),
            (3, "failed", nan),
        ):
            claim(ledger, number, "search")
            ledger.finish(planned(number).key, 1, state=state, iterations=1, seconds=0.1, **ending)
        claim(ledger, 4, "search")
        claim(ledger, 9, "confirm")
        ledger.finish(planned(9).key, 1, state="completed", outcome="completed", iterations=1, seconds=0.1)
        ledger.record_test(planned(9).key, "demo", {"test_dice": 0.5})
    return tmp_path


def claim(ledger: Ledger, number: int, stage: str) -> None:
    key = planned(number).key
    assert ledger.claim([key], "demo", stage, HERE) == {key: 1}


def test_every_trial_of_a_stage_is_counted_once(storage: Path) -> None:
    found = study_status(storage, "demo")
    assert found.stages == {
        "search": {"planned": 1, "running": 1, "completed": 1, "reused": 0, "pruned": 1, "failed": 2},
        "confirm": {"planned": 0, "running": 0, "completed": 1, "reused": 1, "pruned": 0, "failed": 0},
    }
    assert found.totals == {"planned": 1, "running": 1, "completed": 2, "reused": 1, "pruned": 1, "failed": 2}
    assert found.test_openings == 1


def test_failures_are_told_with_their_outcome(storage: Path) -> None:
    first = study_status(storage, "demo").warnings[0]
    assert first.startswith("search: 2 trials of stub at label fraction 0.1 failed: nan (seed 2, key 000000000000, ")
    assert "iteration 40" in first
    assert "terms.loss/dice" in first


def test_readings_of_the_test_labels_by_other_studies_are_told(storage: Path) -> None:
    with Ledger.open(storage) as ledger:
        ledger.record_test(planned(0).key, "before", {"test_dice": 0.5})
    found = study_status(storage, "demo")
    assert found.test_openings == 1
    assert "the same test labels were also read by other studies: 1 by before" in found.warnings


def test_trials_left_running_are_told_unless_a_driver_lives(storage: Path) -> None:
    assert any(warning.startswith("1 trial stands as running") for warning in study_status(storage, "demo").warnings)
    with StudyLock(storage / "demo"):
        assert not any("as running" in warning for warning in study_status(storage, "demo").warnings)


def test_the_command_prints_json_for_scripts(storage: Path) -> None:
    app = typer.Typer()
    app.command()(status)
    result = CliRunner().invoke(app, [str(storage / "demo"), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert list(found) == ["study", "stages", "totals", "test_openings", "warnings"]
    assert found["study"] == "demo"
    assert found["stages"]["search"] == {
        "planned": 1,
        "running": 1,
        "completed": 1,
        "reused": 0,
        "pruned": 1,
        "failed": 2,
    }


def test_the_command_prints_a_table_for_people(storage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status(storage / "demo")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["demo", "planned", "running", "completed", "reused", "pruned", "failed"]
    assert [line.split() for line in lines[1:4]] == [
        ["search", "1", "1", "1", "0", "1", "2"],
        ["confirm", "0", "0", "1", "1", "0", "0"],
        ["total", "1", "1", "2", "1", "1", "2"],
    ]
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[4] == "test labels read: 1 time"
    assert lines[5].startswith("warning: search: 2 trials")


def test_a_study_without_trials_has_a_status(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.record_study("empty", {}, {}, {}, {})
    found = study_status(tmp_path, "empty")
    assert found.stages == {}
    assert set(found.totals.values()) == {0}
    assert found.to_text().startswith("empty")


def test_the_command_refuses_an_unknown_study(storage: Path) -> None:
    with pytest.raises(InputError, match="did you mean demo"):
        status(storage / "dem")
