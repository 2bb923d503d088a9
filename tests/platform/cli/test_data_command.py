import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from s4mcl.cli.data import app
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.problems import InputError

RUNNER = CliRunner()


@pytest.fixture
def src(tmp_path: Path) -> Path:
    root = tmp_path / "src"
    (root / "images").mkdir(parents=True)
    rows = ["id,label,keep,patient"]
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 20)).astype(np.uint8)
        Image.fromarray(pixels).save(root / "images" / f"[b]{number}.png")
        rows.append(f"[b]{number},{'xy'[number % 2]},{int(number < 4)},Jane")
    (root / "labels.csv").write_text("\n".join(rows))
    return root


def test_prepare_and_check(src: Path, tmp_path: Path) -> None:
    dst = tmp_path / "dst"
    done = RUNNER.invoke(app, ["prepare", str(src), str(dst), "--size", "16", "--name", "mine"])
    assert done.exit_code == 0, done.output
    assert "4 images of 16x16, uint8" in done.stdout
    assert "2 rows with keep 0" in done.stdout
    assert "note: labels.csv: columns that look like patient identifiers were left out: patient" in done.stderr
    assert "Jane" not in done.output
    assert open_dataset(dst).name == "mine"
    shown = RUNNER.invoke(app, ["check", str(dst)])
    assert shown.exit_code == 0, shown.output
    assert open_dataset(dst).fingerprint in shown.stdout
    as_json = RUNNER.invoke(app, ["check", str(dst), "--json"])
    assert json.loads(as_json.stdout)["images"] == 4


def test_all_and_classes(src: Path, tmp_path: Path) -> None:
    arguments = ["prepare", str(src), str(tmp_path / "dst"), "--size", "16", "--all", "--classes", "y,x"]
    assert RUNNER.invoke(app, arguments).exit_code == 0
    dataset = open_dataset(tmp_path / "dst")
    assert len(dataset) == 6
    assert dataset.classes == ("y", "x")


def test_findings_are_listed_as_they_are_written(src: Path, tmp_path: Path) -> None:
    (src / "images" / "[b]1.png").write_bytes((src / "images" / "[b]0.png").read_bytes())
    RUNNER.invoke(app, ["prepare", str(src), str(tmp_path / "dst"), "--size", "32"])
    shown = RUNNER.invoke(app, ["check", str(tmp_path / "dst")])
    assert shown.exit_code == 0
    assert "[b]0, [b]1" in shown.stdout or "  - [b]0" in shown.stdout


def test_bad_input_is_left_to_the_main_command(tmp_path: Path) -> None:
    for arguments in (["prepare", str(tmp_path / "no"), str(tmp_path / "dst")], ["check", str(tmp_path / "no")]):
        done = RUNNER.invoke(app, arguments)
        assert isinstance(done.exception, InputError)
    assert list(tmp_path.iterdir()) == []


def test_the_program_lists_all_offenders_and_makes_nothing(src: Path, tmp_path: Path) -> None:
    (src / "masks").mkdir()
    Image.fromarray(np.zeros((20, 24), np.uint8)).save(src / "masks/[b]0.png")
    (src / "images/[b]1.png").write_bytes(b"no image")
    with (src / "labels.csv").open("a") as table:
        table.write("\nghost,x,1,Jane\n")
    dst = tmp_path / "made/dst"
    program = Path(sys.executable).with_name("s4mcl")
    command = [program, "data", "prepare", str(src), str(dst), "--size", "16", "--workers", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("s4mcl: ")
    assert "Traceback" not in done.stderr
    for offender in ("images/[b]1.png", "masks/[b]0.png: 24x20, its image is 20x20", "no image 'ghost'"):
        assert offender in done.stderr
    assert "Jane" not in done.stderr
    assert not dst.exists()
    assert not (tmp_path / "made").exists() or list((tmp_path / "made").iterdir()) == []


def test_help_tells_both_layouts() -> None:
    text = " ".join(RUNNER.invoke(app, ["prepare", "--help"]).output.split())
    assert "labels.csv" in text
    assert "_mask_1.png" in text
