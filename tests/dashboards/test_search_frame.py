import math
from collections.abc import Callable
from typing import Any

import polars as pl

from s4mcl_dashboards.figures.history import history_figure
from s4mcl_dashboards.figures.rungs import rungs_figure
from s4mcl_dashboards.figures.slices import slice_figure
from s4mcl_dashboards.frames.search import (
    best_proposals,
    history_frame,
    is_logarithmic,
    rungs_frame,
    rungs_shown,
    values_frame,
)
from s4mcl_dashboards.palette import looks

Make = Callable[..., Any]

LOOK = looks(["s4mcl"])["s4mcl"]


def test_best_so_far_rises_with_completed_proposals_alone(proposals: Make) -> None:
    frame = history_frame(
        proposals(
            {"state": "failed"},
            {"score": 0.5},
            {"score": 0.9, "state": "pruned"},
            {"score": 0.4},
            {"score": math.nan, "state": "failed"},
            {"score": 0.7},
        )
    )
    assert frame["best"].to_list() == [None, 0.5, 0.5, 0.5, 0.5, 0.7]


def test_best_so_far_is_of_its_own_group(proposals: Make) -> None:
    frame = history_frame(
        proposals({"score": 0.9}, {"score": 0.1, "method": "unet"}, {"score": 0.2, "label_fraction": 0.5})
    )
    assert sorted(frame.select("method", "label_fraction", "best").rows()) == [
        ("s4mcl", 0.2, 0.9),
        ("s4mcl", 0.5, 0.2),
        ("unet", 0.2, 0.1),
    ]


def test_values_in_long_form_without_the_fixed_ones(proposals: Make) -> None:
    frame = values_frame(
        proposals(
            {"score": 0.1, "hyperparameters": {"alpha": 1, "layout": "heads", "fixed": 3, "ramp": True, "t": ["a"]}},
            {
                "score": 0.2,
                "hyperparameters": {"alpha": 0.5, "layout": "joint", "fixed": 3, "ramp": False, "t": ["a", "b"]},
            },
        )
    )
    assert set(frame["hyperparameter"]) == {"alpha", "layout", "ramp", "t"}
    rows = {(row["hyperparameter"], row["number"]): row for row in frame.to_dicts()}
    assert rows["alpha", 1]["value"] == 0.5
    assert rows["layout", 1]["choice"] == "joint"
    assert rows["ramp", 0]["choice"] == "true"
    assert rows["t", 1]["elements"] == ["a", "b"]


def test_an_order_of_elements_is_no_difference(proposals: Make) -> None:
    frame = values_frame(
        proposals({"hyperparameters": {"t": ["a", "b"]}}, {"hyperparameters": {"t": ["b", "a"]}}),
    )
    assert frame.is_empty()


def test_logarithmic_means_positive_and_more_than_two_decades() -> None:
    assert is_logarithmic([1e-4, 1.1e-2])
    assert not is_logarithmic([1e-4, 1e-2])
    assert not is_logarithmic([0.0, 1e-4, 1.0])
    assert not is_logarithmic([-1.0, 1000.0])
    assert not is_logarithmic([])


def test_the_best_proposal_completed_and_is_the_earlier_of_equals(proposals: Make) -> None:
    frame = best_proposals(proposals({"score": 0.5}, {"score": 0.5}, {"score": 0.9, "state": "pruned"}))
    assert frame["number"].to_list() == [0]


def test_other_stages_are_no_part_of_the_search(proposals: Make) -> None:
    asked = proposals(
        {"score": 0.5, "hyperparameters": {"lr": 1}},
        {"score": 0.6, "hyperparameters": {"lr": 2}},
        {"score": 0.9, "stage": "warm_start", "hyperparameters": {"lr": 3}},
        {"score": 0.9, "stage": "ablate/sets", "hyperparameters": {"lr": 4}},
    )
    assert history_frame(asked)["number"].to_list() == [0, 1]
    assert values_frame(asked)["value"].to_list() == [1, 2]
    assert best_proposals(asked)["number"].to_list() == [1]


def test_a_stopped_proposal_stands_at_its_last_rung(proposals: Make) -> None:
    asked = proposals(
        {"score": 0.5, "intermediate": '{"10": 0.2, "20": 0.5}'},
        {"state": "pruned", "intermediate": '{"100": 0.4, "20": 0.3, "50": null}'},
        {"state": "pruned"},
    )
    history = history_frame(asked)
    assert history["last"].to_list() == [0.5, 0.4, None]
    assert history["stopped_at"].to_list() == [None, 100, None]
    assert history["best"].to_list() == [0.5, 0.5, 0.5]
    points = history_figure(history, LOOK, [0.5]).to_plotly().data[1]
    assert points.marker.symbol == ("circle", "circle-open", "x-thin-open")
    assert points.hovertext[1].startswith("proposal 1, stopped early at iteration 100<br>score 0.400")
    rungs = rungs_frame(asked)
    assert rungs.filter(number=1).select("iteration", "score").rows() == [(20, 0.3), (100, 0.4)]
    stopped, completed = rungs_figure(rungs, LOOK, [0.5]).to_plotly().data
    assert stopped.x == (20, 100, None)
    assert completed.y == (0.2, 0.5, None)
    assert stopped.customdata == ([1, ""], [1, "<br>stopped early here"], [None, ""])
    by_seeds = rungs_figure(rungs, LOOK, [0.5], "seed").to_plotly()
    assert by_seeds.data[0].hovertemplate.startswith("proposal %{customdata[0]}, seed %{x:,}")


def test_the_rungs_of_many_proposals_are_an_even_sample_with_the_best_and_the_worst(proposals: Make) -> None:
    rungs = rungs_frame(
        proposals(*({"score": 0.001 * at, "intermediate": f'{{"10": 0.1, "20": {0.001 * at}}}'} for at in range(500)))
    )
    shown = rungs_shown(rungs, 50)
    assert shown["number"].n_unique() == 50
    assert shown.height == 100
    assert {0, 499} <= set(shown["number"])
    assert rungs_shown(rungs).filter(pl.col("iteration") == 10).height == 160
    assert rungs_shown(rungs.head(4)).equals(rungs.head(4))
    assert rungs_shown(rungs.clear()).is_empty()


def test_history_shows_every_proposal_that_ended(proposals: Make) -> None:
    history = history_frame(
        proposals({"score": 0.5}, {"state": "failed"}, {"score": 0.4, "state": "pruned"}, {"state": "running"})
    )
    points = history_figure(history, LOOK, [0.5, 0.4]).to_plotly().data[1]
    assert list(points.x) == [0, 1, 2]
    assert points.marker.symbol == ("circle", "x-thin-open", "circle-open")


def test_a_slice_is_logarithmic_where_the_search_was(proposals: Make) -> None:
    asked = proposals({"score": 0.1, "hyperparameters": {"lr": 1e-4}}, {"score": 0.3, "hyperparameters": {"lr": 5e-4}})
    values = values_frame(asked)
    assert slice_figure(values, "lr", LOOK, [0.1, 0.3]).to_plotly().layout.xaxis.type == "linear"
    figure = slice_figure(values, "lr", LOOK, [0.1, 0.3], logarithmic=True).to_plotly()
    assert figure.layout.xaxis.type == "log"
    points, best = figure.data
    assert (len(points.x), best.x) == (2, (5e-4,))
    assert points.customdata[1] == [0.2, 1]


def test_a_choice_that_holds_markup_is_drawn_as_text(proposals: Make) -> None:
    asked = proposals(
        {"score": 0.1, "hyperparameters": {"<b>": "<i>x</i>"}}, {"score": 0.3, "hyperparameters": {"<b>": "plain"}}
    )
    figure = slice_figure(values_frame(asked), "<b>", LOOK, [0.1, 0.3]).to_plotly()
    assert figure.data[0].x == ("&lt;i&gt;x&lt;/i&gt;", "plain")
    assert figure.layout.xaxis.title.text == "&lt;b&gt;"
