"""A test image with its true and its predicted boundary, as SVG."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from s4mcl_dashboards.figures.contour import path
from s4mcl_dashboards.markup import escaped

SIDE = 256  # pixels that an image has at most in the page, which shows it 163 wide
DRAWN = 150  # pixels of the screen that a picture is wide at least; its lines keep their width on it


def definitions(images: NDArray[np.uint8], masks: NDArray[np.uint8]) -> str:
    """Images [m,H,W] and their true boundaries from masks [m,M,H,W], once, for every `picture` to refer to."""
    parts = []
    for i, (image, mask) in enumerate(zip(images, masks, strict=True)):
        height, width = image.shape
        parts.append(f'<image id="test-image-{i}" width="{width}" height="{height}" href="{_data(image)}"/>')
        parts.append(f'<path id="true-{i}" d="{boundary(mask)}"/>')
    return f'<svg class="definitions" width="0" height="0" aria-hidden="true"><defs>{"".join(parts)}</defs></svg>'


def picture(place: int, predicted: NDArray[np.uint8], name: str) -> str:
    """The image at this place of `definitions`, with the boundary of the predicted masks [M,H,W].

    `name` tells the picture in words; it is plain text.
    """
    shared = f'<use href="#test-image-{place}"/><use class="halo" href="#true-{place}"/>'
    return _svg(shared + f'<use class="true" href="#true-{place}"/>', predicted, name)


def whole_picture(image: NDArray[np.uint8], true: NDArray[np.uint8], predicted: NDArray[np.uint8], name: str) -> str:
    """A picture of its own: image [H,W], true and predicted masks [M,H,W], and its name in words."""
    height, width = image.shape
    line = boundary(true)
    below = f'<image width="{width}" height="{height}" href="{_data(image)}"/><path class="halo" d="{line}"/>'
    return _svg(below + f'<path class="true" d="{line}"/>', predicted, name)


def boundary(masks: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> str:
    """The boundaries of masks [M,H,W] as the `d` of an SVG path in pixels; of large masks on a coarser grid."""
    step = max(1, -(-max(masks[0].shape) // SIDE))
    lines = "".join(path(_coarse(mask, step)) for mask in masks)
    return lines if step == 1 else _scaled(lines, step)


def _svg(below: str, predicted: NDArray[np.uint8], name: str) -> str:
    height, width = predicted.shape[1:]
    return (
        f'<svg class="picture" viewBox="0 0 {width} {height}" style="--pixel:{width / DRAWN:.4g}" role="img" '
        f'aria-label="{escaped(name)}">{below}<path class="predicted" d="{boundary(predicted)}"/></svg>'
    )


def _coarse(mask: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """[H,W] with `step` times fewer pixels a side: set where more than half of them are."""
    if step == 1:
        return mask
    height, width = (-(-side // step) * step for side in mask.shape)
    padded = np.pad(mask > 0, ((0, height - mask.shape[0]), (0, width - mask.shape[1])))
    shares = padded.reshape(height // step, step, width // step, step).mean((1, 3))
    coarse: NDArray[np.uint8] = (shares > 0.5).astype(np.uint8)
    return coarse


def _scaled(lines: str, step: int) -> str:
    """The `d` of a path, `step` times as large."""
    closed = [part for part in lines.split("M") if part]
    return "".join(f"M{' '.join(_point(point, step) for point in part.rstrip('Z').split())}Z" for part in closed)


def _point(point: str, step: int) -> str:
    x, y = point.split(",")
    return f"{float(x) * step:g},{float(y) * step:g}"


def _data(image: NDArray[np.uint8]) -> str:
    shown, buffer = Image.fromarray(image), io.BytesIO()
    shown.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    shown.save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
