"""Dataset formats that other distributions bring: chosen, refused, and broken in every way."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foreign_distribution import install
from s4mcl_trainables.data.prepare import prepare
from s4mcl_trainables.problems import InputError
from structures_source import write_files

FORMAT = """
import numpy as np
from s4mcl_trainables.data.sources.source import Item, Source

def matches(root):
    return (root / "mine.txt").is_file()

def read(root, offences):
    kinds = (root / "mine.txt").read_text().split()
    return Source("", [Item(id=f"{n}", image=f"{n}", label=kind) for n, kind in enumerate(kinds)])

def image(path):
    return np.arange(64, dtype=np.uint8).reshape(8, 8)
"""
Registered = Callable[..., None]


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registered]:
    """Install formats: name to the code of its module."""

    def put(**codes: str) -> None:
        modules = {f"theirs_{name}.py": code for name, code in codes.items()}
        lines = "\n".join(f"{name} = theirs_{name}" for name in codes)
        folder = install(tmp_path / "installed", "their-formats", modules, lines, group="s4mcl.formats")
        monkeypatch.syspath_prepend(str(folder))

    yield put
    for name in [name for name in sys.modules if name.startswith("theirs_")]:
        del sys.modules[name]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "mine.txt").write_text("a b a b")
    return folder


def refused(source: Path, form: str | None = None) -> str:
    destination = source.parent / "out"
    with pytest.raises(InputError) as error:
        prepare(source, destination, size=8, workers=1, form=form)
    assert not destination.exists()
    assert str(error.value).count("Cure: ") == 1
    return str(error.value)


def test_it_is_found_by_looking_or_by_its_name(registered: Registered, source: Path, tmp_path: Path) -> None:
    registered(mine=FORMAT, blind=FORMAT.replace('(root / "mine.txt").is_file()', "False"))
    found = prepare(source, tmp_path / "found", size=8, workers=1)
    assert (found.layout, found.images, found.classes) == ("mine", 4, {"a": 2, "b": 2})
    named = prepare(source, tmp_path / "named", size=8, workers=1, form="blind")
    assert (named.layout, named.fingerprint) == ("blind", found.fingerprint)
    other = prepare(write_files(tmp_path / "files", 10), tmp_path / "other", size=8, workers=1)
    assert other.layout == "folders"


def test_an_unknown_name(registered: Registered, source: Path) -> None:
    assert "unknown dataset format 'mine'.\nCure: none is; install its distribution" in refused(source, "mine")
    registered(mine=FORMAT)
    assert "unknown dataset format 'mind'.\nCure: did you mean mine? registered are mine" in refused(source, "mind")


def test_two_that_take_a_folder_for_theirs(registered: Registered, source: Path) -> None:
    registered(mine=FORMAT, also=FORMAT)
    assert refused(source).endswith("looks like mine and also.\nCure: say which it is: --format mine")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "import not_there",
            "module theirs_mine of dataset format mine cannot be imported: No module named 'not_there'",
        ),
        ("def matches(root): return True", "module theirs_mine has no read for dataset format mine.\nCure: give it"),
        (
            FORMAT.replace("return Source", "return ('', [])  #"),
            "gives no Source for dataset format mine.\nCure: let re",
        ),
        (
            FORMAT.replace("kinds = (", "kinds = 1 / 0, ("),
            "cannot be read as mine, which distribution their-formats 1.0",
        ),
        (FORMAT.replace('id=f"{n}"', 'id="x"'), "mine: 'x' stands 4 times"),
        (
            FORMAT.replace("dtype=np.uint8", "dtype=np.int64"),
            "2: [8, 8] int64 was read, [H,W] uint8 or uint16 expected",
        ),
        (FORMAT.replace("return np.arange", "return 1 / 0 #"), "3: ZeroDivisionError: division by zero"),
    ],
)
def test_a_broken_one_is_told_in_one_message(registered: Registered, source: Path, code: str, told: str) -> None:
    registered(mine=code)
    assert told in refused(source, "mine")


def test_a_broken_one_is_passed_over_where_nobody_asked_for_it(
    registered: Registered, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registered(broken="import not_there", failing=FORMAT.replace("return (root", "return 1 / 0, (root"), mine=FORMAT)
    with caplog.at_level(logging.WARNING):
        made = prepare(write_files(tmp_path / "files", 10), tmp_path / "other", size=8, workers=1)
    assert made.layout == "folders"
    assert (
        "distribution their-formats 1.0: module theirs_broken of dataset format broken cannot be imported"
        in caplog.text
    )
    assert "matches of failing failed: division by zero" in caplog.text
