"""A report that was asked to show no image of a patient holds none, nor a line that was drawn on one."""

import re
from pathlib import Path

import numpy as np
import pytest

from made_study import make_study
from s4mcl_dashboards.report import write_report

SIDE = 16


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with sample images, and predicted masks for them by every method. Read only."""
    folder = make_study(tmp_path_factory.mktemp("images") / "studies")
    rows = np.arange(100, 104)
    images = np.arange(4 * SIDE * SIDE, dtype=np.uint16).reshape(4, 1, SIDE, SIDE).astype(np.uint8)
    masks = np.zeros((4, 1, SIDE, SIDE), np.uint8)
    masks[:, :, 4:9, 3:8] = 1
    np.savez(folder / "samples.npz", rows=rows, images=images, masks=masks, labels=np.zeros(4, np.int64))
    for path in folder.parent.glob("trials/*/*/predictions.npz"):
        with np.load(path) as file:
            arrays = dict(file)
        drawn = np.zeros((len(arrays["rows"]), SIDE * SIDE), np.uint8)
        drawn[:, 100:140] = 1
        shape = np.array([1, SIDE, SIDE])
        np.savez(path, **arrays, masks=np.packbits(drawn, axis=1), mask_shape=shape)
    return folder


def body(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text[: text.index("plotly.js")]


def test_no_image_and_no_boundary_is_left(study: Path, tmp_path: Path) -> None:
    shown = body(write_report(study, tmp_path / "with.html"))
    assert "data:image" in shown
    assert 'class="predicted"' in shown
    left = body(write_report(study, tmp_path / "without.html", images=False))
    assert "data:image" not in left
    assert not re.search(r'<image|<path class="predicted"|class="picture"|test-image', left)
    assert "Images were left out of this report" in left
    figures = re.findall(r'"type":"(image|heatmapgl)"', left)
    assert figures == []


def test_markdown_and_latex_hold_none_either(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("markdown", "latex"):
        monkeypatch.setattr(f"s4mcl_dashboards.formats.{kind}.draw_figures", lambda *_: None)
        for images in (True, False):
            folder = write_report(study, tmp_path / f"{kind}-{images}", kind, images=images)
            assert bool([*folder.rglob("*.png")]) is images
