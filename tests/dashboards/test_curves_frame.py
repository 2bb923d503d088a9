from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from s4mcl_dashboards.figures.curves import curve_figure
from s4mcl_dashboards.frames.curves import curves_frame, quantities_of
from s4mcl_dashboards.palette import fraction_looks

Make = Callable[..., Any]


def test_the_mean_over_seeds_of_the_confirm_stage(trials: Make) -> None:
    planned = trials({"seed": 0}, {"seed": 1}, {"stage": "search"})
    sent = pl.DataFrame(
        {
            "key": ["key0", "key0", "key1", "key2"],
            "iteration": [10, 20, 10, 10],
            "val_dice": [0.2, 0.4, 0.4, 0.9],
            "loss/a": [1.0, float("nan"), None, 5.0],
            "val_n_empty_gt": [0.0, 0.0, 0.0, 0.0],
        }
    )
    frame = curves_frame(planned, sent)
    rows = {(row["quantity"], row["iteration"]): (row["mean"], row["n"]) for row in frame.to_dicts()}
    assert rows == {
        ("val_dice", 10): (pytest.approx(0.3), 2),
        ("val_dice", 20): (pytest.approx(0.4), 1),
        ("loss/a", 10): (1.0, 1),
    }
    assert quantities_of(frame, "unet") == ["val_dice", "loss/a"]


def test_a_trial_shared_by_two_stages_counts_once(trials: Make) -> None:
    planned = pl.concat([trials({}), trials({"stage": "search"}), trials({})])
    frame = curves_frame(planned, pl.DataFrame({"key": ["key0"], "iteration": [10], "val_dice": [0.5]}))
    assert frame["n"].to_list() == [1]


@pytest.mark.parametrize("length", [1, 2, 119, 120, 121, 1000, 10_001])
def test_long_curves_are_thinned_and_keep_both_ends(trials: Make, length: int) -> None:
    sent = pl.DataFrame({"key": ["key0"] * length, "iteration": list(range(length)), "val_dice": [0.5] * length})
    frame = curves_frame(trials({}), sent, longest=120)
    assert frame.height <= 121
    assert frame.height == length or frame.height > 55
    assert (frame["iteration"].min(), frame["iteration"].max()) == (0, length - 1)


def test_nothing_reported(trials: Make) -> None:
    empty = pl.DataFrame(schema={"key": pl.String, "iteration": pl.Int64})
    assert curves_frame(trials({}), empty).is_empty()
    assert curves_frame(trials(), pl.DataFrame({"key": ["x"], "iteration": [1], "val_dice": [0.1]})).is_empty()


def test_the_figure_has_a_line_a_label_fraction(trials: Make) -> None:
    planned = trials({"label_fraction": 0.05}, {"label_fraction": 1.0})
    sent = pl.DataFrame({"key": ["key0", "key0", "key1"], "iteration": [1, 2, 1], "loss/a": [3.0, 2.0, 1.0]})
    frame = curves_frame(planned, sent)
    figure = curve_figure(frame, "loss/a", fraction_looks([0.05, 1.0])).to_plotly()
    assert [list(trace.y) for trace in figure.data] == [[3.0, 2.0], [1.0]]
    assert figure.data[1].mode == "markers"  # a single point would be an invisible line
    assert figure.data[0].line.color != figure.data[1].line.color
    assert figure.data[0].line.dash != figure.data[1].line.dash


def test_quantities_may_have_any_name(trials: Make) -> None:
    names = ["*", "^.*$", "method", "n", "0", "loss/a"]
    sent = pl.DataFrame({"key": ["key0"], "iteration": [1], **{name: [float(k)] for k, name in enumerate(names)}})
    frame = curves_frame(trials({}), sent)
    assert dict(frame.select("quantity", "mean").rows()) == {name: float(k) for k, name in enumerate(names)}


def test_a_lazy_frame_is_the_same(trials: Make) -> None:
    planned = trials({"seed": 0}, {"seed": 1, "label_fraction": 1.0})
    sent = pl.DataFrame(
        {"key": ["key0", "key1"] * 3, "iteration": [1, 1, 2, 2, 3, 3], "val_dice": [0.1 * k for k in range(6)]}
    )
    assert curves_frame(planned, sent.lazy()).equals(curves_frame(planned, sent))
