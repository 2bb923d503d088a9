"""`s4mcl stop`: what it asks for, and what it says when there is nothing to stop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from made_study import HERE, make_study, wanted
from s4mcl.cli.app import app
from s4mcl.execution.lock import StudyLock
from s4mcl.ledger import Ledger
from s4mcl.stop_study import ask_to_stop
from s4mcl.study_directory import find_study
from s4mcl_trainables.problems import InputError


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return make_study(tmp_path / "studies")


@contextmanager
def driven(study: Path) -> Iterator[None]:
    """Somebody runs the study, and sees what is asked."""
    over = threading.Event()

    def see() -> None:
        with Ledger.open(study.parent) as ledger:
            while not over.wait(0.05):
                ledger.see_requests([each.id for each in ledger.stop_requests(study.name, unseen=True)])

    with StudyLock(study):
        driver = threading.Thread(target=see)
        driver.start()
        try:
            yield
        finally:
            over.set()
            driver.join()


def waiting_trial(study: Path) -> str:
    with Ledger.open(study.parent) as ledger:
        planned = wanted("unet", 0.1, 9)
        ledger.plan(study.name, "confirm", [planned])
        return planned.key


def test_a_study_and_a_trial_are_asked_for(study: Path) -> None:
    key = waiting_trial(study)
    with driven(study):
        whole = CliRunner().invoke(app, ["stop", str(study)])
        one = CliRunner().invoke(app, ["stop", str(study), "--trial", key[:20].upper()])
    assert (whole.exit_code, one.exit_code) == (0, 0)
    assert whole.stdout.startswith("study demo is being stopped by process ")
    assert one.stdout.startswith(f"trial {key[:12]} (confirm unet fraction 0.1 seed 9) is being stopped by process ")
    with Ledger.open(study.parent) as ledger:
        asked = ledger.stop_requests("demo")
        assert [each.key for each in asked] == [None, key]
        assert asked[0].asked_by.startswith("s4mcl stop (process ")


def test_a_driver_that_is_busy_is_said(study: Path) -> None:
    with StudyLock(study):
        assert "it is busy" in ask_to_stop(find_study(study), patience=0.0)


def test_nobody_runs_it(study: Path) -> None:
    with pytest.raises(InputError, match=r"nobody runs study (.|\n)*Cure: s4mcl run goes on with it"):
        ask_to_stop(find_study(study))
    with Ledger.open(study.parent) as ledger:
        assert ledger.stop_requests("demo") == []


def test_a_trial_that_cannot_be_stopped_is_named(study: Path) -> None:
    key = waiting_trial(study)
    with Ledger.open(study.parent) as ledger:
        ended = ledger.trials_frame("demo").filter(state="completed")["key"][0]
        ledger.record_study("other", {}, {}, {}, {})
    found = find_study(study)
    with StudyLock(study):
        with pytest.raises(InputError, match=rf"no trial whose key begins with 'xyz'(.|\n)*{key[:12]}"):
            ask_to_stop(found, "xyz")
        with pytest.raises(InputError, match="no trial whose key begins with ''"):
            ask_to_stop(found, "")
        with pytest.raises(InputError, match=rf"trial {ended[:12]} (.|\n)*has already ended \(completed\)"):
            ask_to_stop(found, ended)
        with Ledger.open(study.parent) as ledger:
            keys = sorted(set(ledger.trials_frame("demo")["key"]))
            shared = next(one[0] for one, other in pairwise(keys) if one[0] == other[0])
            with pytest.raises(InputError, match=r"trials have keys that begin with (.|\n)*Cure: give more of the key"):
                ask_to_stop(found, shared)
            ledger.claim([key], "other", "confirm", HERE)
        with pytest.raises(InputError, match=r"is trained by study other\.\nCure: s4mcl stop .*/other --trial"):
            ask_to_stop(found, key)
