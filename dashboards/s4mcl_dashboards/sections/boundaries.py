"""Predicted against true boundaries on test images, the paper's Figure 2: a row a method, a column an image."""

import base64
import io

from PIL import Image

from s4mcl_dashboards.figures.contour import path
from s4mcl_dashboards.markup import cell, escaped, paragraph, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, method_name, number, percent
from s4mcl_dashboards.samples import Prediction, Samples

TITLE = "Boundaries on test images"
DRAWN = 150  # pixels of the screen that a picture is wide; its lines keep their width on it


def boundaries_section(material: Material) -> str:
    """A panel a label fraction; each image stands in the file once, the boundaries are lines over it."""
    samples = material.samples
    if samples is None or not len(samples):
        return section("boundaries", TITLE, paragraph("There are no sample images: the study did not store any."))
    if not material.predictions:
        return section("boundaries", TITLE, paragraph("No trial has stored predicted masks for the sample images."))
    methods = [method for method in material.methods if any(own == method for own, _ in material.predictions)]
    fractions = sorted({fraction for _, fraction in material.predictions})
    panels = [
        (f"{percent(fraction)} of the labels", _grid(material, samples, methods, fraction)) for fraction in fractions
    ]
    without = [method_name(method) for method in material.methods if method not in methods]
    notes = f" Without masks: {', '.join(without)}." if without else ""
    images = count(len(samples), "test image")
    lead = f"{images}, the trials of seed {material.predictions_seed}. Below each picture stands its Dice.{notes}"
    legend = (
        '<div class="legend"><span><i class="line true"></i>true boundary</span>'
        '<span><i class="line predicted"></i>predicted boundary</span></div>'
    )
    return section("boundaries", TITLE, paragraph(lead), legend, _definitions(samples), tabs("boundaries", panels))


def _definitions(samples: Samples) -> str:
    """The images and their true boundaries, once, for every picture to refer to."""
    height, width = samples.images.shape[1:]
    parts = []
    for i in range(len(samples)):
        buffer = io.BytesIO()
        Image.fromarray(samples.images[i]).save(buffer, "PNG", optimize=True)
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        parts.append(
            f'<image id="test-image-{i}" width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
        )
        lines = "".join(path(structure) for structure in samples.masks[i])
        parts.append(f'<path id="true-{i}" d="{lines}"/>')
    return f'<svg class="definitions" width="0" height="0" aria-hidden="true"><defs>{"".join(parts)}</defs></svg>'


def _grid(material: Material, samples: Samples, methods: list[str], fraction: float) -> str:
    rows = []
    for method in methods:
        prediction = material.predictions.get((method, fraction))
        cells = [_picture(samples, i, prediction, method_name(method)) for i in range(len(samples))]
        rows.append([row_head(method_name(method)), *cells])
    heads = ["Method", *(f"Test image {i + 1}" for i in range(len(samples)))]
    return table(f"True and predicted boundaries with {percent(fraction)} of the labels", heads, rows, "pictures")


def _picture(samples: Samples, i: int, prediction: Prediction | None, method: str) -> str:
    place = None if prediction is None else prediction.place(int(samples.rows[i]))
    if prediction is None or place is None:
        return cell("no prediction", "absent")
    height, width = samples.images.shape[1:]
    lines = "".join(path(structure) for structure in prediction.masks[place])
    dice = "–" if prediction.dice is None else number(float(prediction.dice[place]))
    empty = "" if lines else "; the predicted mask is empty"
    name = escaped(f"Test image {i + 1}, {method}: Dice {dice}{empty}")
    return (
        f'<td><svg class="picture" viewBox="0 0 {width} {height}" style="--pixel:{width / DRAWN:.4g}" role="img" '
        f'aria-label="{name}"><use href="#test-image-{i}"/><use class="halo" href="#true-{i}"/>'
        f'<use class="true" href="#true-{i}"/><path class="predicted" d="{lines}"/></svg>'
        f'<span class="dice">{"nothing predicted, " if empty else ""}Dice {dice}</span></td>'
    )
