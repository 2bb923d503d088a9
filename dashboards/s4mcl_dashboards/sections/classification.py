"""What each method calls the test images: confusion matrices, ROC curves and calibration, by label fraction."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent, shortened, trained_with
from s4mcl.statistics.comparisons_frame import Cell
from s4mcl_dashboards.class_scores import ClassScores
from s4mcl_dashboards.figures.calibration import calibration_figure
from s4mcl_dashboards.figures.confusion import confusion_figure
from s4mcl_dashboards.figures.roc import ALL, roc_figure
from s4mcl_dashboards.frames.boundaries import shown_cells
from s4mcl_dashboards.frames.calibration import FEW, calibration_errors, calibration_frame
from s4mcl_dashboards.frames.confusion import commonest, confusion_frame
from s4mcl_dashboards.frames.roc import auc_frame, roc_frame
from s4mcl_dashboards.legend import key
from s4mcl_dashboards.markup import cell, escaped, paragraph, plot, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, number, percent_of, signed
from s4mcl_dashboards.palette import LOOKS, Look

TITLE = "What the test images were called"
MOST = 48  # methods at label fractions that have figures
LINES, MATRIX = 8, 24  # classes that have a curve, and a row of the matrix
READING = (
    "Thick: the mean of the ROC curves, and the calibration of the class that was called. Grey and whiskers: from the "
    f"lowest to the highest seed. Open points rest on fewer than {FEW} predictions; the bars count them. A calibrated "
    "model lies on the diagonal, an overconfident one below it."
)
Classes = dict[Cell, tuple[ClassScores, ...]]


@dataclass(frozen=True)
class Drawn:
    """What the figures show: scores by method and label fraction, and of the classes the names, rows and looks."""

    classes: Classes
    names: list[str]
    matrix: list[int]
    looks: dict[int, Look]


def classification_section(material: Material) -> str:
    """A panel a label fraction with three figures a method, and a table of all; or why there is nothing to draw."""
    classes = material.evidence.classes
    if not classes:
        return section("classification", TITLE, paragraph(_nothing(material)))
    names = class_names(material, max(scores[0].classes for scores in classes.values()))
    looks = {name: LOOKS[place % len(LOOKS)] for place, name in enumerate(commonest(classes, LINES))}
    shown = {found: classes[found] for found in shown_cells(list(classes), MOST)}
    drawn = Drawn(shown, names, commonest(classes, MATRIX), looks)
    panels = [
        (f"{percent(fraction)} of the labels", _panel(material, drawn, fraction))
        for fraction in sorted({fraction for _, fraction in shown})
    ]
    legend = key([("all classes together", ALL), *((shortened(names[name], 40), look) for name, look in looks.items())])
    parts = (_table(material, classes), legend, paragraph(READING, "note"), tabs("classification", panels))
    return section("classification", TITLE, paragraph(" ".join(_lead(material, drawn))), *parts)


def class_names(material: Material, classes: int) -> list[str]:
    """The names of all classes; those that the dataset does not tell are numbered."""
    told = [str(name) for name in material.dataset.get("classes") or []]
    return [told[place] if place < len(told) else f"class {place}" for place in range(classes)]


def _nothing(material: Material) -> str:
    if material.evidence.unreadable:
        return "No class probabilities of the test images could be read; the warnings at the top say why."
    if material.part != "test" and not material.openings.get(material.name):
        return "The labels of the test images were not read, so there is nothing to say of their classes."
    return "No trial of the confirm stage kept class probabilities of labelled test images."


def _lead(material: Material, drawn: Drawn) -> list[str]:
    told = [
        "A test image is called by the class of highest probability. In the matrices the shade is the share of the "
        "true class, the second number counts images, each once a seed. In the other figures a thin line is a class "
        "against the rest, the thick one is over all classes.",
    ]
    if material.evidence.unread_seeds:
        told.append(f"Of {count(material.evidence.unread_seeds, 'further trial')} the files were not read here.")
    curves, rows = len(drawn.looks), len(drawn.matrix)
    if curves < len(drawn.names):
        most = f"the {curves} commonest of the test images have curves, {rows} a row"
        told.append(f"Of {len(drawn.names)} classes {most}.")
    left = {fraction for _, fraction in material.evidence.classes} - {fraction for _, fraction in drawn.classes}
    if left:
        told.append(f"Without figures, for want of room: {joined([percent(at) for at in sorted(left)])} of the labels.")
    return told


def _panel(material: Material, drawn: Drawn, fraction: float) -> str:
    """Three figures of each method at one label fraction."""
    own = {found: scores for found, scores in drawn.classes.items() if found[1] == fraction}
    names, looks, shown = drawn.names, drawn.looks, list(drawn.looks)
    counts, curves, points = confusion_frame(own), roc_frame(own, shown), calibration_frame(own, shown)
    parts = []
    for method in _ordered(material, [method for method, _ in own]):
        of = pl.col("method") == method
        rows, lines, bins = counts.filter(of), curves.filter(of), points.filter(of)
        whose = trained_with(method, fraction)
        figures = [
            plot(
                confusion_figure(rows, names, drawn.matrix), "Confusion matrix", f"{whose}. {_matrix_told(rows, names)}"
            ),
            plot(
                roc_figure(lines, names, looks),
                "ROC, each class against the rest",
                f"{whose}. {_roc_told(own, method)}",
            ),
            plot(calibration_figure(bins, names, looks), "Calibration", f"{whose}. {_error_told(own, method)}"),
        ]
        parts.append(f'<h4>{escaped(method_name(method))}</h4><div class="thirds">{"".join(figures)}</div>')
    return "".join(parts)


def _ordered(material: Material, methods: list[str]) -> list[str]:
    order = {method: place for place, method in enumerate(material.methods)}
    return sorted(set(methods), key=lambda method: (order.get(method, len(order)), method))


def _matrix_told(rows: pl.DataFrame, names: list[str]) -> str:
    """The diagonal in words."""
    right = rows.filter(pl.col("truth") == pl.col("named")).drop_nulls("share")
    told = [f"{names[row['truth']]} {percent_of(row['share'])}" for row in right.to_dicts()]
    return f"Confusion matrix. Called rightly: {', '.join(told) or 'nothing'}."


def _roc_told(own: Classes, method: str) -> str:
    areas = auc_frame(own, []).filter(pl.col("method") == method)
    return f"ROC curves. Mean area below them: {_ranged(areas.row(0, named=True), 'auc') if areas.height else 'none'}."


def _error_told(own: Classes, method: str) -> str:
    errors = calibration_errors(own, []).filter(pl.col("method") == method)
    return f"Reliability diagram. Expected calibration error {_ranged(errors.row(0, named=True), 'error')}."


def _table(material: Material, classes: Classes) -> str:
    """Area and calibration error of every method at every label fraction."""
    areas = {(row["method"], row["label_fraction"]): row for row in auc_frame(classes, []).to_dicts()}
    errors = {(row["method"], row["label_fraction"]): row for row in calibration_errors(classes, []).to_dicts()}
    rows = []
    fractions = sorted({fraction for _, fraction in classes})
    for fraction in fractions:
        methods = _ordered(material, [method for method, at in classes if at == fraction])
        for place, method in enumerate(methods):
            area, error = areas.get((method, fraction)), errors[method, fraction]
            head = [row_head(percent(fraction), len(methods))] if place == 0 else []
            told = (_ranged(area, "auc"), _ranged(error, "error"), signed(error["excess"]), str(error["seeds"]))
            rows.append([*head, row_head(method_name(method)), *(cell(text) for text in told)])
    heads = ("Labels", "Method", "AUC", "Calibration error", "Overconfidence", "Seeds")
    note = (
        "Means over seeds, with the lowest and the highest of a seed. AUC: the mean over classes, each against the "
        "rest. Calibration error: the expected one of the class that was called, in ten bins (Guo et al. 2017). "
        "Overconfidence: mean probability less the share called rightly. Seeds say nothing of other patients."
    )
    return table("ROC and calibration", heads, rows, "numbers") + paragraph(note, "note")


def _ranged(row: dict[str, Any] | None, name: str) -> str:
    """A mean with the lowest and the highest seed: 0.912 (0.880 to 0.931)."""
    if row is None:
        return "–"
    spread = "" if row["low"] is None else f" ({number(row['low'])} to {number(row['high'])})"
    return f"{number(row[name])}{spread}"
