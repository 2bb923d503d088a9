from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s4mcl_dashboards.class_scores import ClassScores
from s4mcl_dashboards.evidence import Evidence
from s4mcl_dashboards.figures.calibration import calibration_figure
from s4mcl_dashboards.figures.confusion import confusion_figure
from s4mcl_dashboards.figures.roc import roc_figure
from s4mcl_dashboards.frames.calibration import calibration_frame
from s4mcl_dashboards.frames.confusion import confusion_frame
from s4mcl_dashboards.frames.roc import GRID, roc_frame
from s4mcl_dashboards.palette import LOOKS
from s4mcl_dashboards.sections.classification import class_names, classification_section

Make = Callable[..., Any]
CELL = ("cnn", 0.2)
EVIL = "</script><b>%{x}"


def drawn(seed: int, classes: int = 3, images: int = 60) -> ClassScores:
    rng = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    probabilities = rng.dirichlet(np.ones(classes), images)
    probabilities[np.arange(images), labels] += 0.5
    return ClassScores(seed, labels.astype(np.int64), probabilities / probabilities.sum(1, keepdims=True))


def test_the_matrix_has_a_shade_and_two_numbers_a_cell() -> None:
    classes = {CELL: (drawn(0), drawn(1))}
    figure = confusion_figure(confusion_frame(classes), ["a", EVIL, "c"], [0, 1, 2]).to_plotly()
    (heat,) = figure.data
    assert np.array(heat.z).sum(1) == pytest.approx([1, 1, 1])
    assert len(figure.layout.annotations) == 9
    assert "<b>" not in "".join(figure.layout.yaxis.ticktext)
    assert "&lt;b&gt;" in heat.hovertext[1][0]
    plain = confusion_figure(confusion_frame(classes), ["a", "b", "c"], [0, 2]).to_plotly()
    assert np.array(plain.data[0].z).shape == (2, 2)


def test_roc_has_a_line_a_class_their_mean_the_seeds_and_the_diagonal() -> None:
    looks = dict(enumerate(LOOKS[:3]))
    several = roc_frame({CELL: (drawn(0), drawn(1))}, [0, 1, 2])
    figure = roc_figure(several, ["a", "b", EVIL], looks).to_plotly()
    assert len(figure.data) == 1 + 3 + 1 + 1
    band, mean = figure.data[-2:]
    assert band.fill == "toself"
    assert len(band.x) == 2 * len(GRID)
    assert mean.line.width > figure.data[1].line.width
    assert figure.data[3].text.startswith("&lt;/script&gt;")  # as a value, so that %{x} in it stays as it is
    assert "%{text}" in figure.data[3].hovertemplate
    assert (
        len(roc_figure(roc_frame({CELL: (drawn(0),)}, [0]), ["a"], {0: LOOKS[0]}).to_plotly().data) == 1 + 1 + 1
    )  # no seeds to spread


def test_calibration_has_a_line_a_class_the_called_one_and_the_counts() -> None:
    points = calibration_frame({CELL: (drawn(0), drawn(1))}, [0, 1])
    figure = calibration_figure(points, ["a", "b", "c"], dict(enumerate(LOOKS[:2]))).to_plotly()
    assert [trace.type for trace in figure.data] == ["scatter"] * 4 + ["bar"]
    assert sum(figure.data[-1].y) == 120
    assert figure.data[1].error_y.array is None
    assert len(figure.data[3].error_y.array) == len(figure.data[3].x)


def test_the_section_has_three_figures_a_method_and_a_row_in_the_table(trials: Make, material: Make) -> None:
    confirm = trials({"method": "cnn", "test_dice": 0.5}, {"method": "s4mcl"})
    found = Evidence(classes={CELL: (drawn(0), drawn(1)), ("s4mcl", 0.2): (drawn(2),)})
    html = classification_section(material(confirm, evidence=found, dataset={"classes": ["a", EVIL, "c"]}))
    assert html.count('class="drawing"') == 6
    assert html.count('<th scope="row">') == 2
    assert "<b>" not in html
    assert "Expected calibration error" in html


def test_many_classes_are_cut_to_the_commonest_and_it_is_said(trials: Make, material: Make) -> None:
    found = Evidence(classes={CELL: (drawn(0, classes=30, images=300),)})
    html = classification_section(material(trials({"method": "cnn"}), evidence=found))
    assert "Of 30 classes the 8 commonest of the test images have curves, 24 a row." in html
    assert html.count("<span>") == 9  # the legend: all classes, and eight


def test_names_that_the_dataset_does_not_tell_are_numbers(trials: Make, material: Make) -> None:
    assert class_names(material(trials({}), dataset={"classes": ["a"]}), 3) == ["a", "class 1", "class 2"]
    assert class_names(material(trials({})), 1) == ["class 0"]


@pytest.mark.parametrize(
    ("found", "row", "words"),
    [
        (Evidence(), {"test_dice": 0.5}, "kept class probabilities"),
        (Evidence(), {"val_dice": 0.5}, "labels of the test images were not read"),
        (Evidence(unreadable=("a.npz cannot be read",)), {"test_dice": 0.5}, "could be read"),
    ],
)
def test_sentences_where_there_is_nothing(trials: Make, material: Make, found: Evidence, row: Any, words: str) -> None:
    read = {"demo": 1} if "test_dice" in row else {}
    html = classification_section(material(trials(row), evidence=found, openings=read))
    assert words in html
    assert 'class="drawing"' not in html


def test_one_class_alone_still_has_a_page(trials: Make, material: Make) -> None:
    alone = ClassScores(0, np.zeros(4, np.int64), np.full((4, 2), 0.5))
    html = classification_section(material(trials({"method": "cnn"}), evidence=Evidence(classes={CELL: (alone,)})))
    assert html.count('class="drawing"') == 3
    assert "Mean area below them: none." in html
