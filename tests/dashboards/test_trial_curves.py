import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from s4mcl_dashboards.figures.trial_curves import trial_figure
from s4mcl_dashboards.frames.trial_curves import Panel, panels_of, trial_curves_frame, trial_rungs
from s4mcl_dashboards.palette import LOOKS

Make = Callable[..., Any]
NAN = float("nan")
STOPPING = {"search": {"early_stopping": {"kind": "asha"}}}


def sent(**columns: list[Any]) -> pl.DataFrame:
    length = len(next(iter(columns.values())))
    plain = {"key": ["a"] * length, "iteration": [10 * (place + 1) for place in range(length)]}
    return pl.DataFrame({**plain, **columns})


def test_every_quantity_of_every_trial_with_gaps_where_values_are_missing() -> None:
    reports = sent(
        key=["a", "a", "b"],
        val_dice=[0.2, 0.4, 0.9],
        **{"loss/a": [1.0, NAN, None], "loss/never": [NAN, None, NAN], "val_n_empty_gt": [0.0] * 3},
    )
    rows = [tuple(row) for row in trial_curves_frame(reports).rows()]
    assert rows == [
        ("a", "loss/a", 10, 1.0),
        ("a", "loss/a", 20, None),
        ("a", "val_dice", 10, 0.2),
        ("a", "val_dice", 20, 0.4),
        ("b", "val_dice", 30, 0.9),
    ]
    assert trial_curves_frame(reports.lazy()).equals(trial_curves_frame(reports))


@pytest.mark.parametrize("length", [1, 2, 59, 60, 61, 1000])
def test_long_curves_are_thinned_and_keep_both_ends(length: int) -> None:
    frame = trial_curves_frame(sent(val_dice=[0.5] * length), longest=60)
    assert frame.height <= 60
    assert frame.height == length or frame.height > 30
    assert (frame["iteration"].min(), frame["iteration"].max()) == (10, 10 * length)


def test_nothing_reported() -> None:
    empty = pl.DataFrame(schema={"key": pl.String, "iteration": pl.Int64})
    for reports in (empty, sent(val_dice=[NAN]), sent(note=["text"])):
        curves = trial_curves_frame(reports)
        assert curves.is_empty()
        assert panels_of(curves) == []


def test_panels_hold_each_quantity_once_and_what_belongs_together() -> None:
    names = ["val_iou", "val_dice", "loss/real", "loss/generator", "val_score", "odd"]
    names += ["discriminator/fake_accuracy", "discriminator/real_accuracy"]
    panels = panels_of(trial_curves_frame(sent(**{name: [0.5] for name in names})))
    assert [panel.quantities for panel in panels] == [
        ("val_score", "val_dice"),
        ("discriminator/real_accuracy", "discriminator/fake_accuracy"),
        ("loss/generator",),
        ("loss/real",),
        ("odd",),
        ("val_iou",),
    ]


def test_rungs_are_those_of_the_trials_proposal(proposals: Make) -> None:
    rungs = json.dumps({"40": 0.7, "9": 0.5, "20": None})
    asked = proposals({"score": 0.7}, {"intermediate": rungs}, {"method": "unet", "intermediate": '{"1": 0.1}'})
    trial = {"stage": "search", "method": "s4mcl", "label_fraction": 0.2, "proposal": 1}
    assert trial_rungs(asked, trial, STOPPING) == [(9, 0.5), (40, 0.7)]
    assert trial_rungs(asked, trial | {"proposal": 0}, STOPPING) == []
    assert trial_rungs(asked, trial | {"proposal": None}, STOPPING) == []
    assert trial_rungs(asked, trial, {"search": {"early_stopping": {"kind": "seeds"}}}) == []
    assert trial_rungs(asked, trial, {}) == []


def test_the_figure_draws_a_line_a_quantity_and_the_rungs() -> None:
    reports = sent(val_score=[0.3, 0.5], val_dice=[0.2, NAN], **{"<b>loss</b>": [1.0, 2.0]})
    curves = trial_curves_frame(reports)
    shared, single = panels_of(curves)
    figure = trial_figure(curves, shared, rungs=[(10, 0.3)]).to_plotly()
    assert [list(trace.y) for trace in figure.data] == [[0.3, 0.5], [0.2, None], [0.3]]
    assert figure.data[0].line.dash != figure.data[1].line.dash
    assert list(figure.data[1].marker.size) == [7, 0]  # a point between gaps would be an invisible line
    assert [shape.x0 for shape in figure.layout.shapes] == [10]
    assert figure.layout.yaxis.range == pytest.approx((0.194, 0.506))  # 0.2 to 0.5 and a little room
    plain = trial_figure(curves, single, LOOKS[2], rungs=[(10, 0.3)]).to_plotly()
    assert [trace.name for trace in plain.data] == ["&lt;b&gt;loss&lt;/b&gt;"]
    assert plain.data[0].line.color == LOOKS[2].color
    assert not plain.layout.showlegend


def test_a_panel_of_another_trial_draws_nothing() -> None:
    figure = trial_figure(trial_curves_frame(sent(val_dice=[0.1])), Panel("x", ("loss/x",))).to_plotly()
    assert [len(trace.x) for trace in figure.data] == [0]
