"""The sbatch file in its shell parts, with commands in the place of Slurm's and Ray's."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm_commands import RAY, SBATCH, Allocation

THREE = ["n1", "n2", "n3"]


@pytest.fixture
def job() -> Iterator[int]:
    """A number of this test alone; what the file makes in /tmp carries it."""
    number = 700_000_000 + os.getpid() * 10
    yield number
    for left in Path("/tmp").glob(f"s4mcl-{number // 10}?"):
        shutil.rmtree(left)


def options(call: dict[str, list[str]]) -> dict[str, str]:
    return dict(argument.removeprefix("--").split("=", 1) for argument in call["arguments"] if "=" in argument)


def ports(allocation: Allocation) -> set[int]:
    starts = allocation.calls("ray")
    named = {int(value) for start in starts for key, value in options(start).items() if key.endswith("port")}
    metrics = {int(start["metrics"][name]) for start in starts for name in start["metrics"]}
    return named - {0} | metrics


def until(happens: Path) -> None:
    deadline = time.monotonic() + 30
    while not happens.exists():
        assert time.monotonic() < deadline, happens
        time.sleep(0.02)


def test_bash_reads_the_file() -> None:
    subprocess.run(["bash", "-n", SBATCH], check=True)
    text = SBATCH.read_text()
    assert text.startswith("#!/usr/bin/env bash\n#SBATCH ")
    last_order = max(number for number, line in enumerate(text.splitlines()) if line.startswith("#SBATCH"))
    assert all(line.startswith("#") for line in text.splitlines()[:last_order]), "Slurm reads no further"


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="needs shellcheck: apt-get install shellcheck")
@pytest.mark.parametrize("path", [SBATCH, SBATCH.with_name("install.sh")], ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(path: Path) -> None:
    done = subprocess.run(["shellcheck", "--severity=warning", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("nodes", [["n1"], THREE], ids=["one node", "three nodes"])
def test_ray_starts_on_every_node_and_the_study_on_top(tmp_path: Path, job: int, nodes: list[str]) -> None:
    allocation = Allocation(tmp_path, job, nodes)
    done = allocation.run("study=table1", "name=a b", FAKE_STATUS="0")
    assert done.returncode == 0, done.stderr

    head, *workers = allocation.calls("ray")
    assert [head["node"], *sorted(worker["node"] for worker in workers)] == nodes
    assert head["arguments"][:2] == ["start", "--head"]
    given = options(head)
    address = f"10.0.0.1:{given['port']}"
    assert given["dashboard-host"] == "127.0.0.1"
    assert given["node-ip-address"] == "10.0.0.1"
    for worker in workers:
        assert worker["arguments"][:2] == ["start", f"--address={address}"]
    for start in (head, *workers):
        assert "--block" in start["arguments"]
        assert (options(start)["num-cpus"], options(start)["num-gpus"]) == ("8", "2")

    (study,) = allocation.calls("s4mcl")
    assert study["arguments"] == ["run", "cluster=existing", "study=table1", "name=a b"]
    assert study["ray"]["RAY_ADDRESS"] == address
    assert study["ray"]["RAY_AUTH_MODE"] == "token"


def test_the_study_waits_for_all_nodes(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, THREE)
    done = allocation.run("study=table1", FAKE_LOST="n3", S4MCL_WAIT="3")
    assert done.returncode == 2
    assert "not all of the 3 nodes joined Ray within 3 s" in done.stderr
    assert "\nCure: " in done.stderr
    assert allocation.calls("s4mcl") == []
    assert allocation.alive() == []


def test_a_node_whose_ray_ends_is_told_at_once(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, THREE)
    begin = time.monotonic()
    done = allocation.run("study=table1", FAKE_BROKEN="n2")
    assert done.returncode == 2
    assert time.monotonic() - begin < 30, "the patience is 300 s"
    assert "the port is taken" in done.stderr
    assert allocation.calls("s4mcl") == []


@pytest.mark.parametrize("status", [0, 1, 2, 7, 130])
def test_the_exit_status_is_the_studys(tmp_path: Path, job: int, status: int) -> None:
    assert Allocation(tmp_path, job, ["n1"]).run("study=table1", FAKE_STATUS=str(status)).returncode == status


def test_another_command_is_run_as_given(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, ["n1"])
    assert allocation.run("--", "bash", "-c", 'exit "$1"', "x", "9").returncode == 9
    assert allocation.calls("s4mcl") == []


def test_a_cluster_that_is_named_is_kept(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, ["n1"])
    allocation.run("study=table1", "cluster=local")
    (study,) = allocation.calls("s4mcl")
    assert study["arguments"] == ["run", "study=table1", "cluster=local"]


def test_the_token_is_the_jobs_own_and_is_told_to_nobody(tmp_path: Path, job: int) -> None:
    tokens = set()
    for number in (job, job + 1):
        allocation = Allocation(tmp_path, number, THREE)
        done = allocation.run("study=table1", RAY_AUTH_TOKEN="of another cluster")
        for call in (*allocation.calls("ray"), *allocation.calls("s4mcl")):
            assert call["ray"]["RAY_AUTH_MODE"] == "token"
            assert call["ray"]["RAY_AUTH_TOKEN_PATH"] == str(allocation.token)
            assert "RAY_AUTH_TOKEN" not in call["ray"], "it would count before the file"
            assert call["token_mode"] == 0o600
            assert re.fullmatch(r"[0-9a-f]{64}", call["token"])
            assert not any(call["token"] in argument for argument in call["arguments"])
            tokens.add(call["token"])
        assert not any(token in done.stdout + done.stderr for token in tokens)
        assert not allocation.token.parent.exists(), "it ends with the job"
    assert len(tokens) == 2


def test_two_jobs_on_a_node_have_different_ports_and_folders(tmp_path: Path, job: int) -> None:
    first, second = Allocation(tmp_path, job, THREE), Allocation(tmp_path, job + 1, THREE)
    processes = [allocation.start("study=table1", FAKE_SECONDS="1") for allocation in (first, second)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert len(ports(first)) == len(ports(second)) == 11
    assert not ports(first) & ports(second)
    assert all(10_000 <= port < 32_768 for port in ports(first) | ports(second)), "below those that Linux hands out"
    folders = [{options(call)["temp-dir"] for call in allocation.calls("ray")} for allocation in (first, second)]
    assert folders == [{f"/tmp/s4mcl-{job}"}, {f"/tmp/s4mcl-{job + 1}"}]
    assert not any(Path(folder).exists() for pair in folders for folder in pair)


def test_only_its_own_processes_end(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, THREE)
    other_notes = tmp_path / "other"
    (other_notes / "alive").mkdir(parents=True)
    ray = tmp_path / "other/ray"
    ray.write_text(RAY)
    ray.chmod(0o755)
    other = subprocess.Popen([ray, "start", "--head"], env={"NOTES": str(other_notes), "FAKE_NODE": "n1"})
    try:
        assert allocation.run("study=table1").returncode == 0
        assert allocation.alive() == []
        assert other.poll() is None
        assert all(call["arguments"][0] == "start" for call in allocation.calls("ray")), "never `ray stop`"
    finally:
        other.terminate()
        other.wait()


def test_slurms_signal_ends_the_study_in_order(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, THREE)
    process = allocation.start("study=table1", FAKE_SECONDS="60")
    until(allocation.notes / "study_runs")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert (allocation.notes / "ended_in_order").exists()
    assert process.returncode == 130
    assert allocation.alive() == []
    assert not allocation.token.exists()


def test_a_signal_before_the_study_ends_the_job(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, THREE)
    process = allocation.start("study=table1", FAKE_LOST="n3")
    until(allocation.notes / "alive/n2")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert allocation.calls("s4mcl") == []
    assert allocation.alive() == []


def test_a_missing_environment_is_named(tmp_path: Path, job: int) -> None:
    allocation = Allocation(tmp_path, job, ["n1"])
    (tmp_path / "environment/bin/ray").unlink()
    done = allocation.run("study=table1", PATH=f"{tmp_path}/commands:/usr/bin:/bin")
    assert done.returncode == 2
    assert "there is no ray on" in done.stderr
    assert "Cure: run platform/clusters/install.sh" in done.stderr
