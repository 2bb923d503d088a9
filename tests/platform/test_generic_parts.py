"""A study with all generic parts on: what its networks say later is what its trials said."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from typer.testing import CliRunner

from predict_study import Told, told_study
from s4mcl.cli.app import app
from s4mcl.export.network_check import TOLERANCE
from s4mcl.predict import predict_images
from small_assignment import GENERIC_ON

WORDS = [f"hyperparameters.s4mcl.{name}={str(value).lower()}" for name, value in GENERIC_ON.items()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, shapes: Path) -> Told:
    """One network of S4MCL: images of 16x16, prepared and trained at that."""
    words = ("methods=[s4mcl]", "seeds=1", "label_fractions=[1.0]", "budget.iterations=30", *WORDS)
    return told_study(tmp_path_factory.mktemp("generic"), shapes, (16, 16), 16, *words)


def test_a_test_image_is_predicted_as_in_its_trial(told: Told, tmp_path: Path) -> None:
    predict_images(told.study.parent, told.study.name, told.images, tmp_path / "out")
    kept = told.kept("s4mcl", 0)
    assert 0.02 < kept["masks"].mean() < 0.98
    for place, name in enumerate(told.names):
        mask = np.asarray(Image.open(tmp_path / "out/masks" / name))
        assert np.array_equal(mask, 255 * kept["masks"][place, 0]), name
    table = pl.read_csv(tmp_path / "out/classes.csv")
    assert np.abs(table.select("p_bar", "p_disc").to_numpy() - kept["class_probabilities"]).max() < 1e-6


def test_an_exported_network_averages_by_itself(told: Told, tmp_path: Path) -> None:
    """The export refuses a file that differs from PyTorch; here the network's masks turn with the image, too."""
    import onnxruntime

    words = ["export", str(told.study), str(tmp_path), "--format", "onnx", "--format", "torch"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx", providers=["CPUExecutionProvider"])
    images = np.stack(
        [np.asarray(Image.open(told.images / name).convert("L"), np.float32)[None] for name in told.names]
    )
    masks, classes = (np.asarray(output) for output in session.run(None, {"images": images}))
    turned, same = (
        np.asarray(output) for output in session.run(None, {"images": np.rot90(images, axes=(2, 3)).copy()})
    )
    assert np.abs(turned - np.rot90(masks, axes=(2, 3))).max() < 1e-5
    assert np.abs(same - classes).max() < TOLERANCE
    kept = told.kept("s4mcl", 0)
    assert np.array_equal(masks > 0.5, kept["masks"].astype(bool))
    assert np.abs(classes - kept["class_probabilities"]).max() < TOLERANCE
