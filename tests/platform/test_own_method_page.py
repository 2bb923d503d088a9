"""docs/own-method.md as it stands: its method keeps the contract, equals the built-in mean_teacher, is compared."""

import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from foreign_distribution import install
from s4mcl.config import compose_study, search_space
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.contracts import CHECKS, Case
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.prepare import prepare
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.methods.generic import NAMES as GENERIC
from s4mcl_trainables.methods.registry import origin_of
from stepped import same
from trained_study import train_study

PAGE = (Path(__file__).parents[2] / "docs/own-method.md").read_text(encoding="utf-8")
PROJECT, FORMATS = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
(COMMAND,) = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
METHOD, IN_PYTEST, FORMAT = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Both distributions of the page are installed."""
    with pytest.MonkeyPatch.context() as patch:
        project = tomllib.loads(PROJECT)["project"]
        for name, module, group, text, entries in (
            (project["name"], "my_teacher.py", "s4mcl.methods", METHOD, project["entry-points"]["s4mcl.methods"]),
            ("formats", "one_array.py", "s4mcl.formats", FORMAT, entries_of(FORMATS)["s4mcl.formats"]),
        ):
            lines = "\n".join(f"{key} = {value}" for key, value in entries.items())
            folder = tmp_path_factory.mktemp(name)
            patch.syspath_prepend(str(install(folder, name, {module: text}, lines, group=group)))
        yield
    for module in ("my_teacher", "one_array"):
        sys.modules.pop(module, None)


def entries_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(text)["project"]["entry-points"]
    return found


def test_it_is_short_and_registered() -> None:
    assert len([line for line in METHOD.splitlines() if line.strip()]) < 100
    assert method_named("my_teacher").label == "My Teacher"
    assert origin_of("my_teacher") == "distribution my-teacher 1.0"
    compile(IN_PYTEST, "page", "exec")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_keeps_the_contract(check: Callable[[Case], None], shapes: Path, tmp_path: Path) -> None:
    check(Case("my_teacher", shapes, tmp_path))


def test_its_losses_are_those_of_mean_teacher(shapes: Path, tmp_path: Path) -> None:
    own, built_in = (Case(name, shapes, tmp_path / name).run("a", seed=3) for name in ("my_teacher", "mean_teacher"))
    for _ in range(4):
        terms = [run.learner.step(*run.given()) for run in (own, built_in)]
        for run, found in zip((own, built_in), terms, strict=True):
            run.stepped(found)
        assert terms[0].keys() == terms[1].keys()
        for name, value in terms[0].items():
            assert torch.equal(value, terms[1][name]), name
    for name in ("generator", "teacher"):
        assert same(own.learner.modules[name], built_in.learner.modules[name])


def test_the_comparison(shapes: Path, tmp_path: Path) -> None:
    words = COMMAND.split()[2:]
    config = compose_study([word.replace("DIR", str(shapes)) for word in words])
    assert search_space(config, "my_teacher").names == ["consistency", *GENERIC]
    given = [word for word in words if word.startswith("methods=")]
    study = train_study(tmp_path / "studies", shapes, *given, "label_fractions=[0.2]", "seeds=2")
    page = write_report(study, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "My Teacher" in page
    assert "Dice of My Teacher" in page or "My Teacher with" in page


def test_the_dataset_format(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    source = tmp_path / "source"
    source.mkdir()
    np.save(source / "scans.npy", rng.integers(0, 4000, (6, 20, 24)).astype(np.uint16))
    truth = np.zeros((6, 20, 24), np.uint8)
    truth[:, 5:15, 6:18] = 1
    np.save(source / "truth.npy", truth)
    (source / "kinds.txt").write_text("sound\nbroken\n" * 3, encoding="utf-8")
    made = prepare(source, tmp_path / "prepared", size=16, workers=1)
    assert (made.layout, made.dtype, made.images, made.with_mask, made.groups) == ("one_array", "uint16", 6, 6, 3)
    assert made.classes == {"broken": 3, "sound": 3}
    dataset = open_dataset(tmp_path / "prepared")
    assert dataset.index["id"].to_list() == [f"scan {n}" for n in range(6)]
    assert (dataset.masks.mean((1, 2, 3)) == dataset.masks[0].mean()).all()
    assert dataset.masks[0].any()
