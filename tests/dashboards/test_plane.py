"""Accuracy and Dice over the plane of both label fractions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from s4mcl_dashboards.figures.plane import plane_figure
from s4mcl_dashboards.frames.label_fraction import confirm_trials, label_fraction_frame
from s4mcl_dashboards.frames.plane import SHARES, plane_frame
from s4mcl_dashboards.report import write_report
from trained_study import train_study

Make = Callable[..., Any]
PAIR = {"label_fraction": None, "classification_fraction": 0.5, "segmentation_fraction": 0.05}


def equal(share: float) -> dict[str, float]:
    return dict.fromkeys(("label_fraction", *SHARES), share)


def test_cells_are_means_over_seeds(trials: Make) -> None:
    rows = [
        {"method": "s4mcl", **PAIR, "seed": seed, "test_dice": 0.8 + seed / 10, "test_accuracy": 0.7} for seed in (0, 1)
    ]
    frame = plane_frame(trials(*rows, {"method": "s4mcl", **equal(0.5), "test_dice": 0.95}))
    dice = frame.filter(metric="dice")
    assert dice.select(*SHARES, "n").rows() == [(0.5, 0.05, 2), (0.5, 0.5, 1)]
    assert dice["mean"].to_list() == pytest.approx([0.85, 0.95])
    assert dice["high"][0] == pytest.approx(0.85 + 12.7062047 * 0.05)
    assert dice["low"][1] is None
    assert frame.filter(metric="accuracy").height == 1


def test_a_method_of_one_task_stands_at_each_share_of_the_other(trials: Make) -> None:
    ours = [{"method": "s4mcl", **at, "test_dice": 0.8} for at in (PAIR, equal(0.2))]
    rows = [*ours, {"method": "unet", **equal(0.05), "test_dice": 0.6}]
    frame = plane_frame(trials(*rows)).filter(method="unet")
    assert frame.select(*SHARES, "mean", "own").rows() == [
        (0.2, 0.05, 0.6, "segmentation"),
        (0.5, 0.05, 0.6, "segmentation"),
    ]


def test_a_method_of_one_task_adds_no_share_of_the_other(trials: Make) -> None:
    rows = [{"method": "s4mcl", **PAIR, "test_dice": 0.8}, {"method": "unet", **equal(0.1), "test_dice": 0.6}]
    frame = plane_frame(trials(*rows))
    assert frame.filter(method="unet").select(*SHARES).rows() == [(0.5, 0.1)]  # no classes were shown at 10 %


def test_there_is_no_plane_of_equal_fractions(trials: Make) -> None:
    assert plane_frame(trials({**equal(0.5), "test_dice": 0.8})).is_empty()
    assert plane_frame(trials({"test_dice": 0.8})).is_empty()


def test_lines_and_tables_pass_over_unequal_fractions(trials: Make) -> None:
    rows = trials({"method": "s4mcl", **PAIR, "test_dice": 0.8}, {"method": "s4mcl", **equal(0.2), "test_dice": 0.6})
    assert confirm_trials(rows).height == 1
    assert label_fraction_frame(rows)["label_fraction"].to_list() == [0.2]


def test_the_figure_shows_numbers_and_tells_intervals(trials: Make) -> None:
    rows = [{"method": "s4mcl", **PAIR, "seed": seed, "test_dice": 0.8 + seed / 10} for seed in (0, 1)]
    frame = plane_frame(trials(*rows, {"method": "s4mcl", **equal(0.5), "test_dice": 0.95})).filter(metric="dice")
    figure = plane_figure(frame, ([0.5], [0.05, 0.5]), (0.85, 0.95))
    (heat,) = figure.to_plotly().data
    assert [list(line) for line in heat.z] == [[pytest.approx(0.85)], [0.95]]
    assert heat.hovertext[0][0].startswith(
        "50 % of the classes, 5 % of the masks<br>Dice 0.850 (0.215 to 1.485), 2 seeds"
    )
    assert [note["text"] for note in figure.layout["annotations"]] == ["0.850", "0.950"]


def test_a_study_of_partial_labels_has_its_plane_in_the_report(partial_shapes: Path, tmp_path: Path) -> None:
    """Trained for real: images lack a class or a mask, and each task has shares of its own."""
    grid = "label_fractions={classification:[0.5,1.0],segmentation:[0.4,1.0]}"
    study = train_study(tmp_path / "studies", partial_shapes, "methods=[unet,cnn,mtl]", grid)
    text = write_report(study).read_text(encoding="utf-8")
    assert "Classes and masks apart" in text
    assert "of the classes and" in text
    assert "With a mask" in text
    assert "Traceback" not in text
