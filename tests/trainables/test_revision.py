"""The revision follows what a method imports, and nothing else."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s4mcl_trainables.methods import method_named, method_names
from s4mcl_trainables.revision import code_revision, modules_behind

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a module of another distribution, whose package is `plugin`."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, text: str) -> None:
        path = tmp_path.joinpath(*name.split("."))
        path = path / "__init__.py" if name == "plugin" or name.endswith("folder") else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        code_revision.cache_clear()

    write("plugin", '"""A plugin."""\n')
    write("plugin.method", "from plugin import rates\nfrom plugin.nets import Net\nimport s4mcl_trainables.seeds\n")
    write("plugin.nets", "from plugin.folder import deep\nclass Net:\n    def run(self):\n        return deep.x\n")
    write("plugin.rates", "RATE = 0.1\n")
    write("plugin.folder", "import numpy\n")
    write("plugin.folder.deep", "def lazy():\n    from plugin import late\nx = 1\n")
    write("plugin.late", "y = 1\n")
    write("plugin.other", "from plugin import rates\n")
    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "plugin"]:
        del sys.modules[name]
    code_revision.cache_clear()


def test_imports_are_followed_wherever_they_stand(write: Write) -> None:
    assert sorted(modules_behind("plugin.method")) == [
        "plugin",
        "plugin.folder",
        "plugin.folder.deep",
        "plugin.late",
        "plugin.method",
        "plugin.nets",
        "plugin.rates",
        "s4mcl_trainables.seeds",
    ]
    assert "plugin" not in sys.modules  # nothing was imported to find this out


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("plugin.rates", "RATE = 0.2\n"),
        ("plugin.late", "y = 2\n"),
        ("plugin", '"""A plugin."""\nimport numpy\n'),
        ("plugin.nets", "from plugin.folder import deep\nclass Net:\n    def run(self):\n        return -deep.x\n"),
    ],
)
def test_code_counts(write: Write, module: str, text: str) -> None:
    before = code_revision("plugin.method")
    write(module, text)
    assert code_revision("plugin.method") != before


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("plugin.rates", "# faster\nRATE = (0.1)\n"),
        ("plugin", '"""A better sentence."""\n'),
        (
            "plugin.nets",
            '"""New."""\nfrom plugin.folder import deep\n\n\nclass Net:\n    """A net."""\n\n    def run(self):\n'
            '        """Run."""\n        return deep.x  # why\n',
        ),
    ],
)
def test_comments_docstrings_and_blanks_do_not(write: Write, module: str, text: str) -> None:
    before = code_revision("plugin.method")
    write(module, text)
    assert code_revision("plugin.method") == before


def test_a_text_that_is_no_docstring_counts(write: Write) -> None:
    before = code_revision("plugin.method")
    write("plugin.rates", "RATE = 0.1\nNAME = 'a'\n")
    named = code_revision("plugin.method")
    write("plugin.rates", "RATE = 0.1\nNAME = 'b'\n")
    assert len({before, named, code_revision("plugin.method")}) == 3


def test_another_method_does_not_count(write: Write) -> None:
    before = code_revision("plugin.method")
    write("plugin.other", "from plugin import rates\nZ = 3\n")
    write("plugin.third", "Z = 3\n")
    assert code_revision("plugin.method") == before


def test_relative_imports_are_followed(write: Write) -> None:
    write("plugin.method", "from . import rates\nfrom .folder.deep import x\n")
    assert {"plugin.rates", "plugin.folder.deep", "plugin.late"} <= modules_behind("plugin.method").keys()


SHARED = (
    "component",
    "game",
    "game_components",
    "game_hyperparameters",
    "generic",
    "learner",
    "method",
    "micro_batch",
    "teacher",
    "two_views",
    "work",
)


def test_own_methods_do_not_know_of_each_other() -> None:
    for name in method_names():
        module = method_named(name).module
        behind = modules_behind(module)
        homes = {known for known in behind if known.startswith("s4mcl_trainables.methods.")}
        shared = {f"s4mcl_trainables.methods.{part}" for part in SHARED}
        assert homes - shared == {module}
        assert "s4mcl_trainables.training.assignment" not in behind  # where trials travel
    behind = modules_behind("s4mcl_trainables.methods.s4mcl")
    for part in ("losses.generalised_dice", "networks.layers", "transforms", "data.partition", "training.run", "seeds"):
        assert f"s4mcl_trainables.{part}" in behind
    assert "s4mcl_trainables.networks.discriminator" not in modules_behind("s4mcl_trainables.methods.unet")


def test_methods_have_revisions_of_their_own() -> None:
    found = {name: code_revision(method_named(name).module) for name in method_names()}
    assert found["s4mcl"] == found["s4mcl_calm"] == found["s4mcl_improved"]
    assert len(set(found.values())) == 13


def test_no_such_module() -> None:
    for name in ("s4mcl_trainables.methods.nothing", "nothing_at_all"):
        with pytest.raises(ModuleNotFoundError, match=name):
            code_revision(name)
