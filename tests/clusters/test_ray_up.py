"""`ray up`, `ray submit` and `ray down` with platform/clusters/onprem.yaml, for real, over sshd, from empty homes.

Two machines in namespaces of this one: the head sets up the worker. Two and a half minutes. They have no network, so
`python3.11` is a stand-in whose environments find this checkout's packages; everything else is what users run.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from machines import ALONE, may_make_namespaces
from ssh_machines import HEAD, WORKER, lacking

pytestmark = [pytest.mark.ray, pytest.mark.timeout(620)]
TESTS = str(Path(__file__).parents[1])
SCENARIO = Path(__file__).with_name("ray_up_over_ssh.py")


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Any]]:
    """What ray_up_over_ssh.py saw."""
    lacks = lacking()
    if lacks:
        message = f"needs sshd, ssh, rsync and ip: apt-get install {' '.join(lacks)}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the cluster files are of Python 3.11")
    if os.getuid() != 0 or not may_make_namespaces():
        pytest.skip("needs root and namespaces of network, processes and mounts")
    folder = Path(tempfile.mkdtemp(prefix="s4mcl-up-", dir="/var/tmp"))  # the machines have a /tmp of their own
    try:
        done = subprocess.run(
            [*ALONE, sys.executable, str(SCENARIO), str(folder)],
            env={**os.environ, "PYTHONPATH": TESTS, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=580,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield json.loads(done.stdout.splitlines()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def test_ray_up_makes_a_cluster_of_empty_homes(seen: dict[str, Any]) -> None:
    assert seen["before"] == {"head": [], "worker": []}
    status, output = seen["up"]
    assert status == 0, output
    assert set(seen["job"]["nodes"]) == {HEAD, WORKER}, "the head sets up the worker"


def test_ray_submit_runs_on_the_head_with_our_environment(seen: dict[str, Any]) -> None:
    status, output = seen["submit"]
    assert status == 0, output
    assert seen["job"]["words"] == ["run", "study=table1"]
    for home, prefix, package, version, mode in seen["job"]["nodes"].values():
        assert prefix == f"{home}/s4mcl-env"
        assert package == f"{home}/s4mcl-env/lib/python3.11/site-packages/s4mcl/__init__.py"
        assert (version, mode) == ("2.60.0", "token")


def test_a_study_is_run_through_ray_submit(seen: dict[str, Any]) -> None:
    status, told, also = seen["study"]["whole"]
    assert status == 0, told + also
    assert last_line(told) == "s4mcl exit status: 0", told + also
    assert seen["study"]["report"] > 100_000


def test_what_is_refused_ends_with_one_message_and_the_exact_status(seen: dict[str, Any]) -> None:
    status, told, also = seen["study"]["refused"]
    assert status == 1, "of ray submit, whatever went wrong"
    assert last_line(told) == "s4mcl exit status: 2", told + also
    assert told.count("Cure: ") == 1, told + also
    assert "nowhere" in told


def test_every_machine_has_the_token_for_itself_alone(seen: dict[str, Any]) -> None:
    assert seen["one_token"]
    for modes in seen["files"].values():
        assert modes["token"] == 0o600
        assert modes[".ray"] == 0o700
    assert seen["files"]["head"]["ray_bootstrap_key.pem"] == 0o600


def test_nothing_is_done_without_the_token(seen: dict[str, Any]) -> None:
    assert seen["with_token"] == 0
    assert seen["with_another_token"] != 0
    assert seen["jobs_without_token"] == 401


def test_the_dashboard_listens_on_loopback_alone(seen: dict[str, Any]) -> None:
    places = [line.split()[3] for line in seen["listening"].splitlines()]
    assert [place for place in places if place.endswith(":8265")] == ["127.0.0.1:8265"]
    assert seen["dashboard_from_outside"] == 0
    assert "*:6379" in places, "docs/cluster.md says that GCS listens on all interfaces"


def test_ray_down_ends_it(seen: dict[str, Any]) -> None:
    assert seen["raylets"] == 2, "of both machines: the head sees the processes of the other"
    assert (seen["down"], seen["raylets_after"]) == (0, 0)
