"""install.sh: what it installs, in which order, and what it says when it cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

INSTALL = Path(__file__).parents[2] / "platform/clusters/install.sh"
PYTHON = f"""#!{sys.executable}
import json, os, sys
if sys.argv[1] == "-c":
    print(os.environ.get("FAKE_PYTHON", "3.11"))
else:
    with open(os.environ["NOTES"], "a") as file:
        file.write(json.dumps(sys.argv[1:]) + "\\n")
"""


def install(folder: Path, *arguments: object, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run it with an environment that is there already, whose Python writes down what it is told."""
    commands = folder / "environment/bin"
    commands.mkdir(parents=True, exist_ok=True)
    for name, text in (("python", PYTHON), ("s4mcl", "#!/bin/sh\n")):
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    given = {**os.environ, "NOTES": str(folder / "notes"), "S4MCL_ENV": str(folder / "environment"), **variables}
    command = ["bash", str(INSTALL), *map(str, arguments)]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False)


def package(folder: Path) -> tuple[Path, Path]:
    wheel, constraints = folder / "s4mcl-0.1.0-py3-none-any.whl", folder / "constraints.txt"
    wheel.touch()
    constraints.touch()
    return wheel, constraints


def test_torch_then_ray_then_ours_all_by_the_constraints(tmp_path: Path) -> None:
    wheel, constraints = package(tmp_path)
    done = install(tmp_path, wheel, constraints, "boto3==1.0")
    assert done.returncode == 0, done.stderr
    calls = [json.loads(line) for line in (tmp_path / "notes").read_text().splitlines()]
    for call in calls:
        assert call[:3] == ["-m", "pip", "install"]
        assert call[call.index("--constraint") + 1] == str(constraints)
    wanted = [call[call.index("--constraint") + 2 :] for call in calls]
    assert wanted == [
        ["torch"],
        ["hatchling", "editables"],
        ["ray[default,tune]==2.60.0", "boto3==1.0"],
        ["--no-build-isolation", f"{wheel}[postgres]"],
        ["--no-build-isolation", "--no-deps", "--force-reinstall", str(wheel)],
    ]


def test_another_python_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    done = install(tmp_path, *package(tmp_path), FAKE_PYTHON="3.12")
    assert done.returncode == 2
    assert "is of Python 3.12, all nodes need 3.11" in done.stderr
    assert "\nCure: " in done.stderr
    assert not (tmp_path / "notes").exists()


def test_a_machine_without_the_python_is_told_how_to_get_it(tmp_path: Path) -> None:
    done = install(tmp_path, *package(tmp_path), S4MCL_ENV=str(tmp_path / "new"), PYTHON="python3.11-not-there")
    assert done.returncode == 2
    assert "there is no python3.11-not-there on" in done.stderr
    assert "Cure: Debian 12, Ubuntu 22.04: apt-get install" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_wheel_that_was_not_built_is_named(tmp_path: Path) -> None:
    done = install(tmp_path, "dist/s4mcl-*.whl", package(tmp_path)[1])
    assert done.returncode == 2
    assert "'dist/s4mcl-*.whl' and" in done.stderr
    assert "Cure: install.sh PACKAGE CONSTRAINTS" in done.stderr


def test_two_wheels_are_not_taken_for_one(tmp_path: Path) -> None:
    wheel, constraints = package(tmp_path)
    older = wheel.with_name("s4mcl-0.0.9-py3-none-any.whl")
    older.touch()
    done = install(tmp_path, older, wheel, constraints)
    assert done.returncode == 2
    assert "one wheel of s4mcl" in done.stderr
    assert not (tmp_path / "notes").exists()
