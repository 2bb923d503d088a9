"""Studies on a Ray head with a job server, through both doors."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray_head import RayHead, clean_environment

from foreign_distribution import install, unet_named
from s4mcl.execution.provenance import git_commit
from s4mcl.status import study_status

pytestmark = pytest.mark.ray

SCRIPT = Path(__file__).parents[3] / "platform/s4mcl_submit.py"
DESCRIPTION = "🦴 'quoted' \"twice\", $(touch stolen) `touch stolen` ; touch stolen"
STUB = (
    "storage=st",
    "methods=[stub]",
    "label_fractions=[1.0]",
    "seeds=1",
    "budget.iterations=4",
    "search.trials=0",
    "split=patch",
    "data.test=0.2",
    "data.validation=0.25",
    "image_size=16",
    "depth=2",
    "width=4",
)
LIST = """
import json, sys
from ray.job_submission import JobSubmissionClient
print(json.dumps([json.loads(job.json()) for job in JobSubmissionClient(sys.argv[1]).list_jobs()]))
"""
SUBMIT = [sys.executable, "-m", "s4mcl.cli", "submit", "--address"]
SHELL_WORDS = (f"description={DESCRIPTION}", "hyperparameters.stub.fail_at=3")
SLOW = ("budget.iterations=4000", "budget.report_every=10", "hyperparameters.stub.milliseconds=200")


def run(command: list[str], head: RayHead, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=head.environment, cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def begin(command: list[str], head: RayHead, cwd: Path) -> subprocess.Popen[str]:
    """Started in the foreground of a terminal of its own, with all its output in one place."""
    return subprocess.Popen(
        command,
        env=head.environment,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def submit(head: RayHead, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run([*SUBMIT, head.address, *words], head, cwd)


def script(head: RayHead, *words: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, str(SCRIPT), *words, "--address", head.address], head, head.home)


@pytest.fixture(scope="module", autouse=True)
def under_way(
    head: RayHead, shapes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Two that go on beside the first test: one whose trial fails, through the script, and one with bad input."""
    folder = tmp_path_factory.mktemp("under_way")
    text = run([sys.executable, str(SCRIPT), "--encode", *SHELL_WORDS], head, folder).stdout.strip()
    failing = ["run", "name=failing", f"data.path={shapes}", *STUB, "--overrides-base64", text]
    nowhere = ["name=none", "data.path=/nowhere/at/all", *STUB]
    started = {
        "failing": begin([sys.executable, str(SCRIPT), *failing, "--address", head.address], head, head.home),
        "none": begin([*SUBMIT, head.address, "--detach", "--name-of-job", "none", *nowhere], head, folder),
    }
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


def jobs(head: RayHead) -> dict[str, Any]:
    """What the cluster knows of its jobs, as Ray's own client with its token is told, by name."""
    done = run([sys.executable, "-c", LIST, head.address], head, head.home)
    assert done.returncode == 0, done.stderr
    return {known["submission_id"]: known for known in json.loads(done.stdout.splitlines()[-1])}


def test_a_study_is_submitted_followed_and_its_report_brought_back(head: RayHead, shapes: Path, tmp_path: Path) -> None:
    words = ("name=demo", f"data.path={shapes}", f"description={DESCRIPTION}", *STUB)
    done = submit(head, tmp_path, "--name-of-job", "first", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.splitlines() == ["submitted: study demo as job first", "report: studies/demo/report.html"]
    assert "1 completed" in done.stdout
    study = head.home / "st/demo"  # a relative storage lies in the head's home folder
    assert (tmp_path / "studies/demo/report.html").read_bytes() == (study / "report.html").read_bytes()
    assert [path.name for path in (tmp_path / "studies/demo").iterdir()] == ["report.html"]
    config = yaml.safe_load((study / "config.yaml").read_text(encoding="utf-8"))
    assert config["description"] == DESCRIPTION
    assert not (head.home / "stolen").exists()
    assert config["cluster"]["address"] == "auto"
    assert " begun: s4mcl run cluster=existing name=demo " in (study / "run.log").read_text(encoding="utf-8")

    known_jobs = jobs(head)
    (brought,) = [known for name, known in known_jobs.items() if name.startswith("s4mcl-report-")]
    assert brought["metadata"]["brings_back"] == "demo"
    assert brought["status"] == "STOPPED"
    (log,) = head.logs.glob("job-driver-s4mcl-report-*.log")
    assert log.read_text() == ""
    known = known_jobs["first"]
    assert known["metadata"]["study"] == "demo"
    assert known["metadata"]["commit"] == git_commit()
    assert known["driver_exit_code"] == 0
    (package,) = known["runtime_env"]["py_modules"]
    assert re.fullmatch(r"gcs://s4mcl-[\d.]+-0[0-9a-f]{16}-py3-none-any\.whl", package)
    installed = list(head.logs.parent.glob("runtime_resources/py_modules_files/s4mcl-*/*/"))
    assert {path.name.partition("-")[0] for path in installed} >= {"s4mcl", "s4mcl_trainables", "s4mcl_dashboards"}
    assert not {"torch", "ray", "polars"} & {path.name for path in installed}, "only what is ours is installed"

    again = submit(head, tmp_path, "--name-of-job", "first", *words)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith(f"s4mcl: the cluster at {head.address} has a job of this name already.\nCure: ")


def test_failed_trials_are_status_1_through_the_script(
    head: RayHead, under_way: dict[str, subprocess.Popen[str]]
) -> None:
    shown = under_way["failing"].communicate(timeout=120)[0]
    assert under_way["failing"].returncode == 1, shown
    assert shown.splitlines()[-1] == "s4mcl exit status: 1"
    assert "1 trial failed; see: s4mcl status" in shown
    config = yaml.safe_load((head.home / "st/failing/config.yaml").read_text(encoding="utf-8"))
    assert config["description"] == DESCRIPTION
    assert not (head.home / "stolen").exists()
    status = script(head, "status", "st/failing")
    assert (status.returncode, status.stdout.splitlines()[-1]) == (0, "s4mcl exit status: 0")


def test_bad_input_on_the_cluster_is_status_2_also_when_it_is_followed_later(
    head: RayHead, tmp_path: Path, under_way: dict[str, subprocess.Popen[str]]
) -> None:
    shown = under_way["none"].communicate(timeout=120)[0]
    assert under_way["none"].returncode == 0, shown
    assert shown.splitlines()[0] == "submitted: study none as job none"
    assert f"s4mcl submit --address {head.address} --follow none" in shown
    assert shown.splitlines()[-1] == "none"
    done = submit(head, tmp_path, "--follow", "none")
    assert (done.returncode, done.stderr) == (2, "")
    assert "s4mcl: /nowhere/at/all is not a prepared dataset: it does not exist.\nCure: " in done.stdout
    assert not (tmp_path / "studies").exists()
    unknown = submit(head, tmp_path, "--follow", "unknown")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith(f"s4mcl: the cluster at {head.address} knows no job 'unknown'.\nCure: ")


def test_a_method_of_another_distribution_goes_with_the_job(head: RayHead, shapes: Path, tmp_path: Path) -> None:
    """It is installed where the study is submitted from, and nowhere on the cluster."""
    theirs = install(tmp_path / "site", "their-methods", {"their_unet.py": unet_named("theirs")}, "theirs = their_unet")
    command = [*SUBMIT, head.address, "name=foreign", f"data.path={shapes}", *STUB, "methods=[theirs]"]
    at_home = replace(head, environment={**head.environment, "PYTHONPATH": str(theirs)})
    done = run(command, at_home, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 completed" in done.stdout
    assert "Their &lt;U&gt;-Net" in (tmp_path / "studies/foreign/report.html").read_text(encoding="utf-8")
    elsewhere = run([*SUBMIT, head.address, "name=unknown", f"data.path={shapes}", "methods=[theirs]"], head, tmp_path)
    assert (elsewhere.returncode, "unknown method 'theirs'" in elsewhere.stderr) == (2, True), elsewhere.stderr


def test_a_wrong_or_missing_token_is_one_message(head: RayHead, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for token, said in (
        ({}, "asks for a token, and there is none here"),
        ({"RAY_AUTH_TOKEN": "b" * 64}, "refuses the"),
    ):
        own = RayHead(head.address, empty, clean_environment(empty, **token))
        done = submit(own, empty, "name=demo", "data.path=/nowhere", *STUB)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"s4mcl: the cluster at {head.address} {said}")
        assert done.stderr.count("Cure: ") == 1
        assert "Traceback" not in done.stderr


def test_ctrl_c_leaves_it_running_and_it_is_followed_again_and_stopped(
    head: RayHead, shapes: Path, tmp_path: Path
) -> None:
    words = ["run", "name=slow", f"data.path={shapes}", *STUB, *SLOW, "--name-of-job", "slow"]
    process = begin([sys.executable, str(SCRIPT), *words, "--address", head.address], head, head.home)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "1 running" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 130, "".join(lines) + rest
    assert rest.splitlines()[-1] == "s4mcl exit status: 130"
    assert "no longer followed, and not stopped: study slow, job slow" in rest
    for said in (
        f"s4mcl submit --address {head.address} --follow slow",
        f"ray job stop --address {head.address} slow",
        "s4mcl stop st/slow",
        f"ray job status --address {head.address} slow",
    ):
        assert said in rest
    assert jobs(head)["slow"]["status"] == "RUNNING"

    follower = begin([*SUBMIT, head.address, "--follow", "slow"], head, tmp_path)
    stopped = script(head, "stop", "st/slow")  # as `s4mcl stop` on the cluster
    assert stopped.returncode == 0, stopped.stderr
    shown = follower.communicate(timeout=60)[0]
    assert follower.returncode == 130, shown
    assert "1 running" in shown
    assert "the same command again goes on with" in shown
    assert study_status(head.home / "st", "slow").totals["running"] == 0
    assert not (tmp_path / "studies").exists()
