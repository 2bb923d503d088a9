import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from s4mcl.cli.app import app
from s4mcl.export import export_study, network_kinds
from s4mcl.export.network_check import TOLERANCE
from s4mcl.ledger import Ledger
from s4mcl.predict.choice import chosen_networks
from s4mcl.predict.networks import learners_of, trained_on
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.phantom import write_phantom
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.ensemble import normalised
from s4mcl_trainables.training.predictor import Opinion, as_a_trial_sees, opinion_of
from trained_study import train_study

PAGE = Path(__file__).parents[2] / "docs/predict.md"
BUSI = Path(__file__).parents[3] / "shared/data/busi"
OUTPUTS = ["masks", "class_probabilities"]
# What a program without this package does with the two files.
ALONE = """
import sys
for name in ("s4mcl", "s4mcl_trainables"):
    sys.modules[name] = None
import numpy, onnxruntime, torch
images = numpy.load("images.npy")
session = onnxruntime.InferenceSession("network.onnx")
module = torch.export.load("network.pt2").module()
numpy.savez("onnx.npz", *session.run(None, {"images": images}))
numpy.savez("torch.npz", *(output.numpy() for output in module(torch.from_numpy(images))))
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """S4MCL with hard masks, two seeds, trained in bfloat16 on the phantom; and a CNN."""
    folder = tmp_path_factory.mktemp("trained")
    write_phantom(folder / "dataset", images=40, size=32)
    words = (
        "methods=[s4mcl,cnn]",
        "seeds=2",
        "depth=1",
        "label_fractions=[1.0]",
        "hyperparameters.s4mcl.hard_masks=true",
    )
    return train_study(folder / "studies", folder / "dataset", *words, precision="bfloat16")


@pytest.fixture(scope="module")
def exported(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network of S4MCL in both formats."""
    folder = tmp_path_factory.mktemp("exported")
    words = ["export", str(study), str(folder), "--format", "onnx", "--format", "torch", "--method", "s4mcl"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    told = done.stderr.splitlines()
    assert told[0] == "S4MCL with 100 % of the labels, 2 networks (seed 0, 1): the largest label fraction"
    assert [line.rpartition(", to ")[0] for line in told[1:]] == [
        f"{name} gives on 8 images of dataset phantom what PyTorch gives" for name in ("network.onnx", "network.pt2")
    ]
    names = [f"network.{ending}" for ending in ("onnx", "onnx.json", "pt2", "pt2.json")]
    assert done.stdout.splitlines() == [str(folder / name) for name in names]
    assert sorted(path.name for path in folder.iterdir()) == names
    return folder


def said_of(study: Path, images: Any, size: int) -> Opinion:
    """What the learners say in float32 of prepared images."""
    with Ledger.open(study.parent, create=False) as ledger:
        choice, documents = chosen_networks(ledger, study.name, "s4mcl"), ledger.study(study.name) or {}
    trained = trained_on(documents, choice)
    learners = learners_of(choice, study.parent, None, trained, device="cpu", precision="float32")
    return opinion_of(learners, as_a_trial_sees(images, size, "cpu"))


def test_the_files_give_what_pytorch_gives_without_this_package(study: Path, exported: Path, tmp_path: Path) -> None:
    dataset = open_dataset(study.parent.parent / "dataset")
    images = np.ascontiguousarray(dataset.images[5:16, :, ::2, ::2])  # 11 of 16x16
    for path in exported.iterdir():
        (tmp_path / path.name).symlink_to(path)
    np.save(tmp_path / "images.npy", images.astype(np.float32))
    subprocess.run([sys.executable, "-c", ALONE], cwd=tmp_path, check=True)
    said = said_of(study, images, 16)
    assert said.masks is not None
    assert said.class_probabilities is not None
    for kind in ("onnx", "torch"):
        with np.load(tmp_path / f"{kind}.npz") as outputs:
            masks, classes = outputs["arr_0"], outputs["arr_1"]
        assert np.abs(masks - said.masks).max() < 1e-5
        assert np.abs(classes - said.class_probabilities).max() < TOLERANCE


@pytest.mark.skipif(not BUSI.is_dir(), reason="no images of patients here")
def test_real_images_agree_too(study: Path, exported: Path, tmp_path: Path) -> None:
    from s4mcl_trainables.data.formats.decode import decode_image
    from s4mcl_trainables.data.resize import resize_image

    paths = sorted(BUSI.glob("images/*.png"))[:400:40]
    images = np.stack([resize_image(decode_image(str(path)), 16, wide=False)[None] for path in paths])
    session = onnxruntime.InferenceSession(exported / "network.onnx", providers=["CPUExecutionProvider"])
    masks, classes = session.run(None, {"images": images.astype(np.float32)})
    said = said_of(study, images, 16)
    assert np.abs(np.asarray(masks) - said.masks).max() < 1e-5
    assert np.abs(np.asarray(classes) - said.class_probabilities).max() < TOLERANCE


def test_the_description_says_how_it_is_used(study: Path, exported: Path) -> None:
    about = json.loads((exported / "network.onnx.json").read_text())
    assert about["input"]["shape"] == ["batch", 1, 16, 16]
    assert about["input"]["resize_before"] == [
        {"to": [32, 32], "filter": "lanczos"},
        {"to": [16, 16], "filter": "area"},
    ]
    assert list(about["outputs"]) == OUTPUTS
    assert about["outputs"]["class_probabilities"]["classes"] == ["normal", "fractured"]
    assert about["outputs"]["masks"]["threshold"] == 0.5
    assert [trial["seed"] for trial in about["made_from"]["trials"]] == [0, 1]
    assert 0 <= about["checked"]["largest_difference"] < about["checked"]["allowed"] == TOLERANCE
    model = onnx.load(exported / "network.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [entry.version for entry in model.opset_import if not entry.domain] == [about["versions"]["opset"]]
    described = {"images": about["input"], **about["outputs"]}
    for value in (*model.graph.input, *model.graph.output):
        sizes = [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        assert sizes == described[value.name]["shape"]


def test_the_example_of_the_page_runs(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "network").symlink_to(exported)
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "scan.png")
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})
    assert capsys.readouterr().out.split() in (["normal"], ["fractured"])
    with Image.open(tmp_path / "mask.png") as mask:
        assert mask.size == (70, 50)


def test_no_path_of_this_machine_is_in_the_files(exported: Path) -> None:
    root = str(Path(network_kinds.__file__).parents[3]).encode()
    for path in exported.iterdir():
        assert root not in path.read_bytes(), path.name


def test_images_are_normalised_as_for_a_trial() -> None:
    draws = np.random.default_rng(0)
    images = draws.integers(0, 2**16, (3, 1, 8, 8)).astype(np.uint16)
    images[1] = 60000 + images[1] % 2  # bright, with hardly any contrast
    images[2] = 65535  # constant
    found = normalised(torch.from_numpy(images.astype(np.float32)))
    assert (found - as_a_trial_sees(images, 8, "cpu")).abs().max() < 2e-3
    assert not found[2].any()
    assert (found[:2].std((1, 2, 3), correction=0) - 1).abs().max() < 1e-5


def test_a_file_that_does_not_agree_is_not_written(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_kinds.Torch, "run", lambda self, content, images: [np.full((len(images), 2), 0.5)])
    with pytest.raises(InputError, match=r"network.pt2 would not give what PyTorch gives: on 8 images"):
        export_study(study.parent, "demo", tmp_path / "new/out", ["csv", "torch"], method="cnn")
    assert not (tmp_path / "new").exists()


def test_without_a_dataset_the_report_s_images_serve(study: Path, tmp_path: Path) -> None:
    dataset, told = study.parent.parent / "dataset", []
    away = dataset.rename(dataset.with_name("away"))
    try:
        export_study(study.parent, "demo", tmp_path, ["torch"], method="cnn", tell=told.append)
        samples = study / "samples.npz"
        hidden = samples.rename(samples.with_name("hidden.npz"))
        try:
            with pytest.raises(InputError, match=rf"no image is there .*\nCure: put the dataset back at {dataset}"):
                export_study(study.parent, "demo", tmp_path / "other", ["torch"], method="cnn")
        finally:
            hidden.rename(samples)
    finally:
        away.rename(dataset)
    assert "network.pt2 gives on 6 images of the report what PyTorch gives" in told[0]
    assert list(json.loads((tmp_path / "network.pt2.json").read_text())["outputs"]) == ["class_probabilities"]


def test_what_cannot_be_exported_is_refused(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"no network was asked for.\nCure: leave them out, or give a format of onnx"):
        export_study(study.parent, "demo", tmp_path / "out", ["csv"], method="cnn")
    monkeypatch.setattr(network_kinds, "find_spec", lambda name: None if name == "onnxscript" else name)
    with pytest.raises(InputError) as caught:
        export_study(study.parent, "demo", tmp_path / "out", ["csv", "onnx"])
    assert str(caught.value) == (
        "network.onnx needs onnxscript, which this environment lacks.\nCure: pip install 's4mcl[export]'"
    )
    assert not (tmp_path / "out").exists()
