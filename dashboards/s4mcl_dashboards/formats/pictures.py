"""Images of patients with true and predicted boundaries, as PNG files."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from s4mcl_dashboards.formats.blocks import Picture
from s4mcl_dashboards.formats.light_theme import light_colors

SIDE = 360  # pixels of a file's width
SMOOTH = 2  # drawn so many times as large, so that lines are smooth
WIDTHS = {"halo": 8, "true": 5, "predicted": 3}  # pixels of the file
LINE = re.compile(r"M([^MZ]*)Z")


def write_pictures(pictures: Sequence[Picture], folder: Path) -> None:
    """Write each picture as `folder`/<its name>.png."""
    if pictures:
        folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        drawn_picture(picture).save(folder / f"{picture.name}.png", "PNG", optimize=True)


def drawn_picture(picture: Picture) -> Image.Image:
    """The image, 360 pixels wide, with its lines from bottom to top."""
    scale = SMOOTH * SIDE / picture.width
    size = (SMOOTH * SIDE, round(picture.height * scale))
    shown = Image.open(io.BytesIO(picture.image)) if picture.image else Image.new("L", size)
    canvas = shown.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    colors = {"halo": "#000000", "true": light_colors()["--true"], "predicted": light_colors()["--predicted"]}
    for kind, data in picture.lines:
        layer = canvas.copy() if kind == "halo" else canvas
        brush = ImageDraw.Draw(layer)
        for points in _lines(data, scale):
            brush.line([*points, *points[:2]], fill=colors[kind], width=SMOOTH * WIDTHS[kind], joint="curve")
        if kind == "halo":
            canvas = Image.blend(canvas, layer, 0.45)
    return canvas.resize((SIDE, size[1] // SMOOTH), Image.Resampling.BOX)


def _lines(data: str, scale: float) -> list[list[tuple[float, float]]]:
    """Closed lines from SVG's "Mx,y x,y ...Z"."""
    found = []
    for line in LINE.findall(data):
        pairs = [point.split(",") for point in line.split()]
        found.append([(float(x) * scale, float(y) * scale) for x, y in pairs])
    return [line for line in found if len(line) > 1]
