"""The wheel that a job carries: whole, without requirements, named by what is in it."""

import json
import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest

from s4mcl.submit import wheel as wheels
from s4mcl.submit.wheel import build_wheel, built_files, installed_files, without_requirements, write_wheel
from s4mcl_trainables.problems import InputError

COMPOSE = """
import sys
from importlib.metadata import entry_points, version
from s4mcl.config import compose_study
import s4mcl, s4mcl_trainables, s4mcl_dashboards
for package in (s4mcl, s4mcl_trainables, s4mcl_dashboards):
    assert package.__file__.startswith(sys.argv[1]), package.__file__
compose_study(["study=quickstart", "name=demo", "data.path=nowhere"])
assert [entry.value for entry in entry_points(name="s4mcl", group="console_scripts")][0] == "s4mcl.cli.app:run_app"
print(version("s4mcl"))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def target(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Ray would have installed it, with the command that Ray uses, and no index to be reached."""
    folder = tmp_path_factory.mktemp("target")
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    command = [sys.executable, "-m", "pip", "install", str(built), f"--target={folder}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def metadata(path: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        found = Parser().parsestr(archive.read(name).decode())
    return {key: found.get_all(key) or [] for key in found}


def test_it_holds_the_packages_and_the_search_spaces(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None
    for needed in (
        "s4mcl/cli/__main__.py",
        "s4mcl/submit/sent_file.py",
        "s4mcl/search_spaces/config.yaml",
        "s4mcl/search_spaces/cluster/local.yaml",
        "s4mcl_trainables/pack.py",
        "s4mcl_dashboards/report.py",
        "s4mcl_dashboards/templates/report.css",
    ):
        assert needed in names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "s4mcl",
        "s4mcl_trainables",
        "s4mcl_dashboards",
    }


def test_it_asks_for_nothing(built: Path) -> None:
    found = metadata(built)
    assert (found["Name"], found["Version"]) == (["s4mcl"], [distribution("s4mcl").version])
    assert not {"Requires-Dist", "Requires-Python", "Provides-Extra"} & set(found)


def test_pip_installs_it_without_an_index_and_it_runs(target: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(target)}
    command = [sys.executable, "-c", COMPOSE, str(target)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == distribution("s4mcl").version


def test_an_installed_one_is_packed_again_as_it_was(built: Path, target: Path, tmp_path: Path) -> None:
    (information,) = target.glob("s4mcl-*.dist-info")
    installed: Distribution = PathDistribution(information)
    assert wheels.checkout(installed) is None
    again = write_wheel(without_requirements(installed_files(installed)), installed.version, tmp_path)
    assert again.name == built.name
    assert again.read_bytes() == built.read_bytes()


def test_its_name_says_what_is_in_it(tmp_path: Path) -> None:
    """Ray knows an uploaded wheel by its name: other code under the same name would never arrive."""
    files = {"s4mcl/a.py": b"1", "s4mcl-0.1.0.dist-info/METADATA": b"Name: s4mcl\n\ntext"}
    first = write_wheel(files, "0.1.0", tmp_path)
    assert write_wheel(dict(reversed(files.items())), "0.1.0", tmp_path).name == first.name
    assert write_wheel({**files, "s4mcl/a.py": b"2"}, "0.1.0", tmp_path).name != first.name


def test_only_the_heads_lines_are_left_out() -> None:
    head = b"Metadata-Version: 2.4\nName: s4mcl\nRequires-Dist: torch\nRequires-Python: >=3.11\nProvides-Extra: dev\n"
    text = b"\nRequires-Dist: is a word of the readme\n"
    (kept,) = without_requirements({"s4mcl-0.1.0.dist-info/METADATA": head + text}).values()
    assert kept == b"Metadata-Version: 2.4\nName: s4mcl\n" + text


def test_a_checkout_that_is_gone_or_broken_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/pyproject.toml").write_text("[project]\n")
    for folder in ("gone", "broken"):
        with pytest.raises(InputError, match=r"could not be built: .+\nCure: pip install 's4mcl\[cluster\]'"):
            built_files(tmp_path / folder)


def test_an_editable_install_names_its_folder(tmp_path: Path) -> None:
    information = tmp_path / "s4mcl-0.1.0.dist-info"
    information.mkdir()
    origin = {"url": "file:///a%20folder/s4mcl", "dir_info": {"editable": True}}
    (information / "direct_url.json").write_text(json.dumps(origin))
    assert wheels.checkout(PathDistribution(information)) == Path("/a folder/s4mcl")


def test_one_for_ray_job_submit(built: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "s4mcl.submit.wheel", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == built.name
    assert (tmp_path / built.name).read_bytes() == built.read_bytes()
