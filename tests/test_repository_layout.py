"""The repository's layout, and the wheel that is made of it."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMPOSE = """
import sys
import platform
from s4mcl.config import compose_study
import s4mcl, s4mcl_trainables, s4mcl_dashboards
target = sys.argv[1]
for package in (s4mcl, s4mcl_trainables, s4mcl_dashboards):
    assert package.__file__.startswith(target), package.__file__
assert platform.python_version()
config = compose_study(["study=quickstart", "name=demo", "data.path=nowhere"])
print(len(config.methods), config.budget.iterations, len(config.space["unet"]))
"""


def test_platform_is_no_package() -> None:
    """With platform/__init__.py whatever puts the root on its path imports it in place of the standard library's."""
    assert not (ROOT / "platform/__init__.py").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert not Path(done.stdout.strip()).is_relative_to(ROOT / "platform")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_packages_and_the_search_spaces(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for needed in (
        "s4mcl/cli/app.py",
        "s4mcl_trainables/pack.py",
        "s4mcl_dashboards/report.py",
        "s4mcl/search_spaces/config.yaml",
        "s4mcl/search_spaces/study/quickstart.yaml",
        "s4mcl/search_spaces/space/default.yaml",
    ):
        assert needed in names
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"s4mcl", "s4mcl_trainables", "s4mcl_dashboards"}


def test_an_installed_wheel_composes_a_study_without_the_repository(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-c", COMPOSE, str(target)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "4"


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing
