"""Five classes and three structures the whole way: training, metrics, report, predictions, DICOM, an export."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pydicom
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import UltrasoundImageStorage

from dicom_file import written
from s4mcl.export import export_study
from s4mcl.ledger import Ledger
from s4mcl.predict import predict_images
from s4mcl.predict.structure_folders import structure_folders
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.data.prepare import prepare
from s4mcl_trainables.problems import InputError
from structures_source import CLASSES, SIDE, drawn, write_label_maps
from trained_study import train_study

HOSTILE = ("lung", "<img src=x onerror=alert(1)>", "../../etc/x")
METHODS = ("unet", "cnn", "s4mcl", "fixmatch", "multimix")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("structures")
    source = write_label_maps(folder / "source", images=60)
    prepare(source, folder / "dataset", size=SIDE, workers=1, structures=HOSTILE)
    words = (f"methods=[{','.join(METHODS)}]", "seeds=2", "label_fractions=[0.5]")
    return train_study(folder / "studies", folder / "dataset", *words)


def kept(study: Path, method: str) -> dict[str, NDArray[Any]]:
    with Ledger.open(study.parent, create=False) as ledger:
        path = ledger.trials_frame(study.name).filter(method=method, seed=0)["predictions"].item()
    with np.load(study.parent / path) as file:
        return {name: file[name] for name in file.files}


@pytest.mark.parametrize("method", METHODS)
def test_each_method_is_judged_by_all_classes_and_structures(study: Path, method: str) -> None:
    found = kept(study, method)
    if method not in ("cnn", "fixmatch"):
        assert found["mask_shape"].tolist() == [3, SIDE, SIDE]
        masks = np.unpackbits(found["masks"], axis=1, count=3 * SIDE**2).reshape(-1, 3, SIDE, SIDE)
        truth = np.load(study.parent.parent / "dataset/masks.npy")[found["rows"]]
        both, sizes = (masks & truth).sum((2, 3)), masks.sum((2, 3)) + truth.sum((2, 3))
        dice = np.where(sizes > 0, 2 * both / np.maximum(sizes, 1), 1.0)
        assert np.allclose(found["structure_dice"], dice, atol=1e-6)
        assert np.allclose(found["dice"], dice.mean(1), atol=1e-6)
    if method != "unet":
        assert found["class_probabilities"].shape[1] == len(CLASSES)
        assert np.allclose(found["class_probabilities"].sum(1), 1, atol=1e-5)
        assert set(found["labels"].tolist()) == set(range(5))


def test_the_report_tells_each_structure_and_all_classes(study: Path, tmp_path: Path) -> None:
    write_report(study, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Dice by structure" in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page
    with Ledger.open(study.parent, create=False) as ledger:
        paths = ledger.trials_frame(study.name).filter(method="unet")["predictions"].to_list()
    dice = np.concatenate([np.load(study.parent / path)["structure_dice"] for path in paths])
    told = page[page.index("Dice by structure") :].partition("</table>")[0]
    for mean in dice.mean(0):
        assert f"{mean:.3f}" in told
    for name in CLASSES:
        assert f"{name} " in page
    for kind in ("markdown", "latex"):
        path = write_report(study, tmp_path / kind, kind)
        texts = [each.read_text(encoding="utf-8") for each in (path.rglob("*.*") if path.is_dir() else [path])
                 if each.suffix in (".md", ".tex")]  # fmt: skip
        assert any("Dice by structure" in text for text in texts)
        assert not any("<img src=x" in text for text in texts if kind == "markdown")


def test_predictions_have_a_folder_a_structure(study: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for row in (3, 8):
        Image.fromarray(drawn(row)[0]).resize((30, 22)).save(images / f"i{row}.png")
    written(images / "d.dcm", drawn(5)[0], UltrasoundImageStorage)
    predict_images(study.parent, study.name, images, tmp_path / "out", method="multimix")
    about = json.loads((tmp_path / "out/prediction.json").read_text())
    assert about["structure_names"] == list(HOSTILE)
    assert about["mask_folders"] == ["masks/lung", "masks/structure_2", "masks/structure_3"]
    for name in about["mask_folders"]:
        assert {path.name for path in (tmp_path / "out" / name).iterdir()} == {"i3.png", "i8.png", "d.png"}
        assert Image.open(tmp_path / "out" / name / "i3.png").size == (30, 22)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("masks", "overlays", "segmentations", "classes.csv", "prediction.json"),
    }
    table = pl.read_csv(tmp_path / "out/classes.csv")
    assert table.columns[2:] == [f"p_{name}" for name in CLASSES]
    segments = pydicom.dcmread(tmp_path / "out/segmentations/d.dcm").SegmentSequence
    assert [segment.SegmentLabel for segment in segments] == list(HOSTILE)


def test_a_network_that_needs_a_gradient_is_not_exported(study: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"saliency bridge of multimix(.|\n)*Cure: s4mcl predict serves it"):
        export_study(study.parent, study.name, tmp_path / "network", ["torch"], method="multimix")
    assert not (tmp_path / "network").exists()


def test_the_network_is_exported_with_all_channels(study: Path, tmp_path: Path) -> None:
    export_study(study.parent, study.name, tmp_path / "network", ["torch"], method="s4mcl")
    about = json.loads((tmp_path / "network/network.pt2.json").read_text())
    assert about["outputs"]["masks"]["structure_names"] == list(HOSTILE)
    assert about["outputs"]["class_probabilities"]["classes"] == list(CLASSES)
    network = torch.export.load(tmp_path / "network/network.pt2").module()
    masks, classes = network(torch.from_numpy(drawn(1)[0][None, None].astype(np.float32)))
    assert (masks.shape, classes.shape) == ((1, 3, SIDE, SIDE), (1, 5))


@pytest.mark.parametrize(
    ("names", "folders"),
    [
        (("left lung", "right lung"), ("left lung", "right lung")),
        (("Lung", "lung"), ("structure_1", "structure_2")),
        (("con", "a."), ("structure_1", "structure_2")),
        (("structure_2", "x"), ("structure_1", "x")),
        (("", "x" * 61), ("structure_1", "structure_2")),
        (("..", "a/b"), ("structure_1", "structure_2")),
        (("心", "\u202ea"), ("心", "structure_2")),
        ((), ("structure_1", "structure_2")),
    ],
)
def test_folders_of_structures(names: tuple[str, ...], folders: tuple[str, ...]) -> None:
    assert structure_folders(names, 2) == folders
    assert structure_folders(names[:1], 1) == ("",)
