"""Credentials for S3 that expire while a study runs: it stops with one message, and goes on with new ones."""

import socket
from pathlib import Path

import pytest

from refusing_s3 import refusing_s3
from s3_server import KEYS
from s4mcl.config import compose_study
from s4mcl.execution.study_run import run_study
from s4mcl.ledger import Ledger

WORDS = ("name=demo", "split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4")
STUDY = ("methods=[unet]", "label_fractions=[1.0]", "seeds=4", "search.trials=0", "budget.iterations=4")
BEFORE = 20  # requests that are answered: more than one trial needs, fewer than four do


@pytest.mark.timeout(240)
def test_nothing_is_lost_and_nothing_trained_twice(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv({"region_name": "AWS_DEFAULT_REGION"}.get(name, name.upper()), value)
    with refusing_s3() as (server, refusals):
        uri = server.uri("studies", keys=False)
        where = (f"data.path={shapes}", f"storage={tmp_path}/st", f"artifacts='{uri}'")
        config = compose_study([*where, *WORDS, *STUDY, "cluster.num_cpus=1", "budget.report_every=2"])
        refusals.code, refusals.after = "ExpiredToken", BEFORE
        stopped = run_study(config)
        told = stopped.stop_reason or ""
        assert told.startswith("s3://bucket/studies cannot be ")
        assert f" from {socket.gethostname()}: " in told
        assert "it says ExpiredToken\nCure: renew the credentials that " in told
        assert told.endswith("; then the same command goes on")
        assert (stopped.failed, stopped.interrupted) == (0, False)
        with Ledger.open(tmp_path / "st") as ledger:
            states = ledger.trials_frame("demo")["state"].to_list()
        assert set(states) == {"planned", "completed"}
        refusals.code = None
        done = run_study(config)
        assert (done.stop_reason, done.failed, done.untested) == (None, 0, ())
        with Ledger.open(tmp_path / "st") as ledger:
            trials, attempts = ledger.trials_frame("demo"), ledger.attempts_frame("demo")
        assert trials["state"].to_list() == ["completed"] * 4
        assert attempts.filter(ended="completed").height == 4
        assert all((tmp_path / "st" / name).is_file() for name in trials["predictions"])
        assert server.copy("studies", tmp_path / "copy") == 8  # the weights and the predictions of each
