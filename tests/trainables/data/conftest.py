"""Folders of images for the tests of preparation."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


@dataclass
class TableFolder:
    """A folder with images/, masks/ and labels.csv, made piece by piece."""

    root: Path
    rows: list[str] = field(default_factory=list)
    header: str = "id,label"

    def image(self, name: str, size: tuple[int, int] = (20, 16), seed: int = 0) -> NDArray[np.uint8]:
        """Save noise of (width, height) and return it."""
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0])).astype(np.uint8)
        self.save(f"images/{name}", pixels)
        return pixels

    def mask(self, name: str, size: tuple[int, int] = (20, 16)) -> NDArray[np.uint8]:
        """Save a rectangle of 255 and return it."""
        pixels = np.zeros((size[1], size[0]), dtype=np.uint8)
        pixels[4:10, 5:12] = 255
        self.save(f"masks/{name}", pixels)
        return pixels

    def save(self, path: str, pixels: NDArray[Any], **options: Any) -> None:
        """Save any array as an image."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(target, **options)

    def row(self, *cells: object) -> None:
        """Add a row to labels.csv."""
        self.rows.append(",".join(map(str, cells)))

    def write(self) -> Path:
        """Write labels.csv; the folder is ready."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "labels.csv").write_text("\n".join([self.header, *self.rows]) + "\n", encoding="utf-8")
        return self.root

    def filled(self, count: int = 4) -> "TableFolder":
        """Add `count` good images a0, a1, ... of classes x and y, with masks and rows."""
        for number in range(count):
            self.image(f"a{number}.png", seed=number)
            self.mask(f"a{number}.png")
            self.row(f"a{number}", "xy"[number % 2])
        return self


@pytest.fixture
def table(tmp_path: Path) -> TableFolder:
    """An empty folder of the layout with a table."""
    return TableFolder(tmp_path / "src")


@pytest.fixture
def dst(tmp_path: Path) -> Path:
    """A place for a prepared dataset; nothing is there."""
    return tmp_path / "out" / "dst"
