"""Two trained studies whose images lie on the disk."""

from pathlib import Path

import pytest

from predict_study import Told, told_study


@pytest.fixture(scope="session")
def resized(tmp_path_factory: pytest.TempPathFactory, shapes: Path) -> Told:
    """Three methods with two seeds: images of 56x40, prepared at 32x32, trained at 16x16."""
    folder = tmp_path_factory.mktemp("resized")
    return told_study(folder, shapes, (56, 40), 32, "methods=[unet,cnn,s4mcl]", "seeds=2")


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory, shapes: Path) -> Told:
    """One network of bfloat16: images of 16x16, prepared and trained at that."""
    folder = tmp_path_factory.mktemp("plain")
    words = ("methods=[s4mcl]", "seeds=1", "label_fractions=[1.0]", "budget.iterations=30")
    return told_study(folder, shapes, (16, 16), 16, *words, precision="bfloat16")
