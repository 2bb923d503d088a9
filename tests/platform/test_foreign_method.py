"""A method of another distribution is configured, compared, ablated, used and exported as the built-in ones are."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from foreign_distribution import install, unet_named
from s4mcl.config import compose_study, fixed_hyperparameters, search_space, to_plain
from s4mcl.designs.registry import read_designs
from s4mcl.execution.extension import compared
from s4mcl.export import export_study
from s4mcl.naming import method_name
from s4mcl.plan.study_words import study_words
from s4mcl.predict import predict_images
from s4mcl.submit.method_wheels import environment_of, method_wheels, trained_methods
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.methods.generic import NAMES as GENERIC
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.revision import code_revision
from trained_study import train_study

BASE = ("name=demo", "data.path=images", "methods=[unet,theirs_net]")


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    modules = {"theirs_net.py": "import theirs_more\n" + unet_named("theirs_net"), "theirs_more.py": "RATE = 0.1\n",
               "theirs_broken.py": "import not_there\n"}  # fmt: skip
    entries = "theirs_net = theirs_net\ntheirs_broken = theirs_broken"
    folder = install(tmp_path / "installed", "their-methods", modules, entries)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in ("theirs_net", "theirs_more"):
        sys.modules.pop(name, None)
    code_revision.cache_clear()


def test_its_space_is_searched_unless_the_study_says_otherwise() -> None:
    found = search_space(compose_study(BASE), "theirs_net")
    assert found.names == ["generator_lr", *GENERIC]
    assert found.encode(method_named("theirs_net").defaults) is not None
    more = compose_study([*BASE, "space.theirs_net.dropout={kind: float, low: 0.0, high: 0.5}"])
    assert set(search_space(more, "theirs_net").names) == {"generator_lr", "dropout", *GENERIC}
    other = compose_study([*BASE, "space.theirs_net={dropout: {kind: float, low: 0.0, high: 0.5}}"])
    assert search_space(other, "theirs_net").names == ["dropout", *GENERIC]
    assert search_space(compose_study([*BASE, "space.theirs_net={}"]), "theirs_net").names == []
    assert search_space(compose_study([*BASE, "~space.theirs_net.generator_lr"]), "theirs_net").names == []
    fixed = compose_study([*BASE, "hyperparameters.theirs_net.generator_lr=0.01"])
    assert search_space(fixed, "theirs_net").names == [*GENERIC]
    assert fixed_hyperparameters(fixed, "theirs_net")["generator_lr"] == 0.01
    assert "theirs_net" not in compose_study(["name=demo", "data.path=images", "methods=[unet]"]).space


@pytest.mark.parametrize(
    "more", ["space.theirs_net={}", "space.theirs_net={dropout: {kind: float, low: 0, high: 0.5}}", ""]
)
def test_the_words_that_run_it_again(more: str) -> None:
    config = compose_study([*BASE, *filter(None, [more])])
    words = [word for word in study_words(to_plain(config)) if not word.startswith("storage=")]
    assert compose_study([*words, f"storage={config.storage}"]) == config


def test_a_study_may_be_extended_by_it() -> None:
    before = compose_study(["name=demo", "data.path=images", "methods=[unet]"])
    extends, refused = compared(before, compose_study(BASE))
    assert "methods" in extends
    assert not refused


def test_wrong_words_are_told_with_the_rest() -> None:
    with pytest.raises(InputError) as refused:
        compose_study([*BASE[:2], "methods=[unet,theirs_broken]", "hyperparameters.theirs_net.droput=0.1", "seeds=0"])
    text = str(refused.value)
    assert "methods[1]: distribution their-methods 1.0: module theirs_broken of method theirs_broken cannot be" in text
    assert "hyperparameters.theirs_net.droput: the method has no such hyperparameter; did you mean dropout?" in text
    assert "seeds: " in text


def test_its_components_are_those_of_an_ablation() -> None:
    design = "ablate.designs={parts: {kind: leave_one_out, method: theirs_net}}"
    (found,) = read_designs(compose_study([*BASE, design])).values()
    arms = found.arms(lambda method, fraction: {})
    assert {arm.name for arm in arms} >= {"without dropout"}


def test_from_training_to_report_predictions_and_export(shapes: Path, tmp_path: Path) -> None:
    words = ("methods=[unet,theirs_net]", "label_fractions=[1.0]")
    study = train_study(tmp_path / "studies", shapes, *words)
    write_report(study, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Their &lt;U&gt;-Net" in page
    assert "Their <U>-Net" not in page
    images = tmp_path / "images"
    images.mkdir()
    Image.fromarray(open_dataset(shapes).images[0, 0]).save(images / "a.png")
    done = predict_images(study.parent, study.name, images, tmp_path / "out", method="theirs_net")
    assert done.choice.told.startswith("Their <U>-Net with 100 % of the labels, 1 network")
    assert (tmp_path / "out/masks/a.png").is_file()
    export_study(study.parent, study.name, tmp_path / "network", ["torch"], method="theirs_net")
    about = json.loads((tmp_path / "network/network.pt2.json").read_text())
    assert about["made_from"]["method"] == "theirs_net"
    assert about["checked"]["largest_difference"] < 1e-3


def test_a_name_that_nobody_registers_stays_as_it_is() -> None:
    assert method_name("nobody_has_it") == "nobody_has_it"
    assert method_name("theirs_broken") == "theirs_broken"


def test_its_distribution_goes_to_the_cluster(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    methods = trained_methods(compose_study(BASE))
    assert methods == ["unet", "theirs_net"]
    assert environment_of(methods) == {}
    (wheel,) = method_wheels(methods, tmp_path)
    assert wheel.name.startswith("their_methods-1.0-0")
    with ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == {
            *("theirs_net.py", "theirs_more.py", "theirs_broken.py"),
        }
        archive.extractall(tmp_path / "there")
    before = code_revision("theirs_net")
    monkeypatch.syspath_prepend(str(tmp_path / "there"))
    for name in ("theirs_net", "theirs_more"):
        del sys.modules[name]
    code_revision.cache_clear()
    assert str(method_named("theirs_net").module) == "theirs_net"
    assert sys.modules["theirs_net"].__file__ == str(tmp_path / "there/theirs_net.py")
    assert code_revision("theirs_net") == before


def test_the_wheel_of_an_editable_install_is_the_same_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    (source / "theirs_package").mkdir(parents=True)
    (source / "theirs_package/__init__.py").write_text(unet_named("edited"))
    (source / "theirs_package/weights.txt").write_text("1")
    (source / "tests.py").write_text("x = 1")
    installed = install(tmp_path / "editable", "edited-methods", {}, "edited = theirs_package")
    for path in (source, installed):
        monkeypatch.syspath_prepend(str(path))
    (wheel,) = method_wheels(["edited"], tmp_path)
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name for name in names if ".dist-info/" not in name} == {
        *("theirs_package/__init__.py", "theirs_package/weights.txt"),
    }
    assert {"edited_methods-1.0.dist-info/METADATA", "edited_methods-1.0.dist-info/entry_points.txt"} <= names
    sys.modules.pop("theirs_package", None)


def test_a_method_of_the_variable_is_named_to_the_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "theirs_alone.py").write_text(unet_named("alone"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("S4MCL_METHODS", "alone=theirs_alone")
    assert environment_of(["unet", "alone"]) == {"S4MCL_METHODS": "alone=theirs_alone"}
    assert method_wheels(["unet", "alone"], tmp_path) == []
    sys.modules.pop("theirs_alone", None)
