"""s4mcl profile."""

from pathlib import Path

from typer.testing import CliRunner

from s4mcl.cli.app import app
from s4mcl.cli.profile import advices
from s4mcl_trainables.counted_work import Work
from s4mcl_trainables.step_profile import StepProfile

SMALL = (
    "split=patch",
    "data.test=0.2",
    "data.validation=0.25",
    "image_size=16",
    "depth=2",
    "width=4",
    "label_fractions=[0.4]",
)


def test_each_method_is_measured_and_nothing_is_written(shapes: Path, tmp_path: Path) -> None:
    words = [f"data.path={shapes}", f"storage={tmp_path / 'studies'}", "methods=[unet,s4mcl]", *SMALL]
    told = CliRunner().invoke(app, ["profile", *words, "--steps", "2", "--trace", str(tmp_path / "traces")])
    assert told.exit_code == 0, told.output
    heads = [line for line in told.output.splitlines() if " ms a step (cpu, " in line]
    assert [head.partition(":")[0] for head in heads] == ["unet", "s4mcl"]
    assert told.output.count("convolutions") == 2
    assert told.output.count("of the limit") == 2
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["s4mcl.json", "unet.json"]


def test_what_has_no_steps_is_refused(shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = [f"data.path={shapes}", "methods=[unet]", *SMALL, "--trace", str(tmp_path / "file")]
    told = CliRunner().invoke(app, ["profile", *words])
    assert told.exit_code != 0
    assert "is a file.\nCure: name a folder" in str(told.exception)


def test_advice_follows_from_what_was_measured() -> None:
    slow = StepProfile("unet", "cuda", "float32", 1, 0.01, (("convolutions", 1.0),), Work(1, 10, 1), 1e6, 1.0, 0.1, 10)
    assert len(advices(slow)) == 3
    quick = StepProfile("unet", "cpu", "float32", 1, 0.01, (("convolutions", 1.0),), Work(1, 10, 1), 1e3, 0.0, 0.1, 10)
    assert advices(quick) == []
