"""Methods that other distributions register: found, broken in every way, and known by all of their code."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foreign_distribution import install, unet_named
from s4mcl_trainables import plugins
from s4mcl_trainables.contracts import CHECKS
from s4mcl_trainables.contracts.__main__ import main
from s4mcl_trainables.methods import method_named, method_names
from s4mcl_trainables.methods.registry import origin_of, own_names
from s4mcl_trainables.node_check import UnfitError, refuse_other_code
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.revision import code_revision, modules_behind

Installed = Callable[..., Path]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    """Install a distribution into a folder of its own on the path."""
    before = set(sys.modules)

    def put(name: str, modules: dict[str, str], entries: str) -> Path:
        folder = install(tmp_path / name, name, modules, entries)
        monkeypatch.syspath_prepend(str(folder))
        return folder

    yield put
    for name in [name for name in sys.modules if name not in before and name.startswith("theirs")]:
        del sys.modules[name]
    code_revision.cache_clear()


def test_a_distribution_registers_a_method(installed: Installed) -> None:
    installed("their-methods", {"theirs.py": unet_named("mine")}, "mine = theirs")
    assert method_names() == [*own_names(), "mine"]
    assert method_named("mine").label == "Their <U>-Net"
    assert method_named("mine") is method_named("mine")
    assert origin_of("mine") == "distribution their-methods 1.0"
    assert origin_of("unet") == origin_of("nobody") == ""
    with pytest.raises(InputError, match=r"unknown method 'minee'\.\nCure: did you mean mine\?"):
        method_named("minee")


def test_a_method_may_be_named_in_its_module(installed: Installed) -> None:
    code = (
        unet_named("mine").replace("METHODS = {", "class Inner:\n    METHODS = {") + "\nTHIS = Inner.METHODS['mine']\n"
    )
    entries = "mine = theirs:THIS"
    installed("their-methods", {"theirs.py": code.replace('\n    "mine": ', '\n        "mine": ')}, entries)
    assert method_named("mine").name == "mine"


def test_own_methods_are_found_without_looking_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(**_: object) -> None:
        raise AssertionError("entry points were read")

    monkeypatch.setattr(plugins, "entry_points", looked)
    plugins._found.cache_clear()
    assert method_named("unet").name == "unet"
    assert origin_of("unet") == ""


@pytest.mark.parametrize(
    ("code", "entry", "told"),
    [
        (
            "import no_such_thing",
            "mine = theirs",
            "module theirs of method mine cannot be imported: No module named 'no_such_thing'.\nCure: install it again "
            "with all that it needs (pip install their-methods), on the nodes of a cluster, too",
        ),
        ("x = (", "mine = theirs", "module theirs of method mine cannot be imported: SyntaxError: "),
        ("1 / 0", "mine = theirs", "module theirs of method mine cannot be imported: ZeroDivisionError: division by z"),
        ("x = 1", "mine = theirs", "module theirs offers no method mine.\nCure: give it METHODS with an entry 'mine'"),
        ("METHODS = {'mine': 3}", "mine = theirs", "module theirs offers no method mine.\nCure: give it METHODS"),
        ("x = 1", "mine = theirs:THIS", "module theirs of method mine has no THIS.\nCure: mend the entry"),
        (unet_named("other"), "mine = theirs", "module theirs offers no method mine.\nCure: "),
        (
            unet_named("mine").replace("def start", "def begin"),
            "mine = theirs",
            "module theirs has no start(method, assignment) for method mine.\nCure: give one to theirs",
        ),
    ],
)
def test_a_broken_one_is_told_and_breaks_no_other(installed: Installed, code: str, entry: str, told: str) -> None:
    modules = {"theirs.py": code, "theirs_fine.py": unet_named("fine")}
    installed("their-methods", modules, f"{entry}\nfine = theirs_fine")
    assert {"mine", "fine"} <= set(method_names())
    assert method_named("fine").name == "fine"
    with pytest.raises(InputError) as refused:
        method_named("mine")
    assert str(refused.value).startswith(f"distribution their-methods 1.0: {told}")
    assert str(refused.value).count("Cure: ") == 1


def test_names_that_clash(installed: Installed, caplog: pytest.LogCaptureFixture) -> None:
    installed("their-methods", {"theirs.py": unet_named("mine")}, "mine = theirs\nunet = theirs\nno name = theirs")
    installed("more-methods", {"theirs_more.py": unet_named("mine")}, "mine = theirs_more")
    with caplog.at_level(logging.WARNING):
        assert method_named("unet").label == "U-Net"
        with pytest.raises(InputError, match=r"method mine is registered twice, by distribution .*-methods 1.0 and by"):
            method_named("mine")
    assert "distribution their-methods 1.0 registers a method unet, which is there already" in caplog.text
    with pytest.raises(InputError, match="entry point no name = theirs: name = module was expected"):
        method_named("no name")


def test_the_variable_and_a_distribution_clash(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("their-methods", {"theirs.py": unet_named("mine")}, "mine = theirs")
    monkeypatch.setenv("S4MCL_METHODS", "mine=theirs,also=theirs")
    with pytest.raises(InputError, match=r"registered twice, by distribution their-methods 1.0 and by S4MCL_METHODS"):
        method_named("mine")
    with pytest.raises(InputError, match="S4MCL_METHODS: module theirs offers no method also"):
        method_named("also")


NETS = "from theirs_rates import RATE\nimport polars\nx = RATE\n"


@pytest.mark.parametrize("way", ["wheel", "editable", "variable"])
def test_all_modules_of_the_distribution_are_in_the_key(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    modules = {
        "theirs/__init__.py": "",
        "theirs/method.py": "import theirs_nets\n" + unet_named("mine"),
        "theirs_nets.py": NETS,
        "theirs_rates.py": "RATE = 0.1\n",
        "unrelated.py": "x = 1\n",
    }
    source = tmp_path / "source"
    if way == "wheel":
        source = installed("their-methods", modules, "mine = theirs.method")
        (source / "somebody_elses-1.0.dist-info").mkdir()  # a folder that several share, as site-packages
    else:
        for path, text in modules.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text)
        monkeypatch.syspath_prepend(str(source))
        if way == "editable":
            installed("their-methods", {}, "mine = theirs.method")
        else:
            monkeypatch.setenv("S4MCL_METHODS", "mine=theirs.method")
    module = method_named("mine").module
    known = modules_behind(module)
    assert {name for name in known if name.startswith("theirs")} == {
        *("theirs", "theirs.method", "theirs_nets", "theirs_rates"),
    }
    assert "s4mcl_trainables.methods.unet" in known
    assert not {name for name in known if name.partition(".")[0] in ("polars", "unrelated")}
    code_revision.cache_clear()
    before = code_revision(module)
    (source / "theirs_rates.py").write_text("RATE = 0.1  # a tenth\n")
    code_revision.cache_clear()
    assert code_revision(module) == before
    (source / "theirs_rates.py").write_text("RATE = 0.2\n")
    code_revision.cache_clear()
    assert code_revision(module) != before


def test_a_node_without_the_distribution() -> None:
    refuse_other_code.cache_clear()
    with pytest.raises(UnfitError) as refused:
        refuse_other_code("mine", "f" * 64, "2.10", "distribution their-methods 1.0")
    text = str(refused.value)
    assert (
        "has no method mine, which distribution their-methods 1.0 has on the study's driver.\nCure: install the "
        in text
    )
    assert "driver's s4mcl and distribution their-methods 1.0 there" in text
    with pytest.raises(UnfitError, match="set S4MCL_METHODS as on the driver, and start Ray there again"):
        refuse_other_code("mine", "f" * 64, "2.10", "S4MCL_METHODS")


def test_the_contract_suite_as_a_command(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = unet_named("wrong").replace("uses_unlabelled=False", "uses_unlabelled=True")
    modules = {"theirs.py": unet_named("mine"), "theirs_wrong.py": wrong}
    installed("their-methods", modules, "mine = theirs\nwrong = theirs_wrong")
    assert main(["mine"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.endswith("mine keeps the contract\n")
    assert told.out.count("\n  yes  ") + 1 == len(CHECKS)
    assert main(["wrong", "dropout=0.1"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  NO ")]
    assert line.startswith("  NO   unlabelled images count where it says so: uses_unlabelled is True, ")
    assert main(["nobody"]) == main(["mine", "droput=0"]) == main([]) == 2
    assert "did you mean dropout?" in capsys.readouterr().err
