"""The YAML files are found beside an editable install and inside an installed package."""

from pathlib import Path

import pytest

import s4mcl
from s4mcl.config.search_path import own_folder
from s4mcl_trainables.problems import InputError


def test_the_repositorys_folder_is_used_when_editable() -> None:
    assert own_folder() == Path(__file__).parents[3] / "search_spaces"


def test_the_packages_own_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site/lib/s4mcl"
    monkeypatch.setattr(s4mcl, "__file__", str(package / "__init__.py"))
    with pytest.raises(InputError, match="install s4mcl again"):
        own_folder()
    for folder in (tmp_path / "site/search_spaces", package / "search_spaces"):
        folder.mkdir(parents=True)
        (folder / "config.yaml").touch()
        assert own_folder() == folder
