import math
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from s4mcl.ledger.frames import TEST
from s4mcl_dashboards.figures.label_fraction import label_fraction_figure
from s4mcl_dashboards.frames.label_fraction import label_fraction_frame, majority_rate, measured_part, seeds_frame
from s4mcl_dashboards.frames.savings import SCHEMA
from s4mcl_dashboards.frames.schema import DISTANCES, MEASURES
from s4mcl_dashboards.frames.table import table_frame
from s4mcl_dashboards.palette import looks
from s4mcl_dashboards.paper import paper_frame

Make = Callable[..., Any]


def test_mean_and_interval_over_seeds(trials: Make) -> None:
    frame = label_fraction_frame(trials({"seed": 1, "test_dice": 0.9}, {"seed": 0, "test_dice": 0.8}))
    row = frame.row(0, named=True)
    assert frame.height == 1
    assert (row["method"], row["metric"], row["n"], row["planned"]) == ("unet", "dice", 2, 2)
    assert row["mean"] == pytest.approx(0.85)
    assert row["high"] == pytest.approx(0.85 + 12.7062047 * 0.05)
    assert (row["seeds"], row["values"]) == ([0, 1], [0.8, 0.9])


def test_one_seed_has_no_limits(trials: Make) -> None:
    row = label_fraction_frame(trials({"test_dice": 0.9})).row(0, named=True)
    assert (row["mean"], row["low"], row["high"], row["n"]) == (0.9, None, None, 1)


def test_nan_null_and_failed_seeds_are_missing_but_planned(trials: Make) -> None:
    frame = label_fraction_frame(
        trials(
            {"seed": 0, "test_dice": 0.9},
            {"seed": 1, "test_dice": math.nan},
            {"seed": 2, "test_dice": None, "state": "failed"},
        )
    )
    assert frame.select("n", "planned").row(0) == (1, 3)


def test_search_trials_do_not_count(trials: Make) -> None:
    assert label_fraction_frame(trials({"stage": "search", "test_dice": 0.9, "val_dice": 0.9})).is_empty()


def test_a_method_without_a_task_has_no_row(trials: Make) -> None:
    frame = label_fraction_frame(trials({"method": "cnn", "test_accuracy": 0.6, "test_balanced_accuracy": 0.5}))
    assert frame["metric"].to_list() == ["accuracy", "balanced_accuracy"]


def test_an_empty_ledger_frame_gives_an_empty_frame() -> None:
    assert label_fraction_frame(pl.DataFrame()).is_empty()


def test_validation_values_stand_in_while_no_test_value_is_there(trials: Make) -> None:
    locked = trials({"val_dice": 0.5})
    assert measured_part(locked) == "val"
    assert label_fraction_frame(locked, "val")["mean"].to_list() == [0.5]
    assert measured_part(trials({"val_dice": 0.5}, {"test_dice": 0.4})) == "test"


def test_majority_rate(trials: Make) -> None:
    assert majority_rate(trials({"test_majority_rate": 0.56})) == 0.56
    assert majority_rate(trials({"val_majority_rate": 0.6}), "val") == 0.6
    assert majority_rate(trials({})) is None


def test_limits_are_over_seeds_and_test_groups_where_all_seeds_have_predictions(trials: Make) -> None:
    rows = trials({"seed": 0, "test_dice": 0.8}, {"seed": 1, "test_dice": 0.9}, {"test_auc": 0.5, "method": "cnn"})
    crossed = {"measure": "dice", "method": "unet", "label_fraction": 0.2, "mean": 0.85, "low": 0.8, "high": 0.9}
    both = label_fraction_frame(rows, "test", pl.DataFrame([{**crossed, "seeds": 2}]))
    assert both.filter(metric="dice").select("low", "high", "over").row(0) == (0.8, 0.9, "seeds and test groups")
    assert both.filter(metric="auc").select("mean", "over").row(0) == (0.5, None)
    one = label_fraction_frame(rows, "test", pl.DataFrame([{**crossed, "seeds": 1}]))
    assert one.filter(metric="dice")["over"].item() == "seeds"
    assert one.filter(metric="dice")["high"].item() == pytest.approx(0.85 + 12.7062047 * 0.05)


def test_the_table_stands_beside_the_paper(trials: Make) -> None:
    frame = table_frame(
        label_fraction_frame(
            trials(
                {"method": "s4mcl", "label_fraction": 0.05, "test_accuracy": 0.6, "test_dice": 0.85, "test_hd95": 4.0},
                {"method": "s4mcl", "label_fraction": 0.05, "seed": 1, "test_accuracy": 0.7, "test_dice": 0.85},
                {"method": "unet", "label_fraction": 0.07, "test_dice": 0.7},
                {"method": "unet", "label_fraction": 0.08, "test_dice": 0.7, "test_hd95": 4.0},
            )
        )
    )
    first, second, third = frame.to_dicts()
    assert first["accuracy"] == pytest.approx(0.65)
    assert first["accuracy_half"] == pytest.approx(12.7062047 * 0.05)
    assert first["accuracy_over"] == "seeds"
    assert first["hd95"] is None, "measured with one seed of two, so for another study"
    assert (third["hd95"], third["hd95_half"], third["assd"]) == (4.0, None, None)
    assert first["dice_half"] == pytest.approx(0)
    assert (first["accuracy_paper"], first["dice_paper"]) == (0.630, 0.890)
    assert (second["dice"], second["dice_half"], second["dice_paper"]) == (0.7, None, None)


def test_the_figure_draws_every_seed_and_the_paper(paired_trials: Make) -> None:
    effect = label_fraction_frame(paired_trials(3))
    styles = looks(["unet", "s4mcl"])
    figure = label_fraction_figure(effect, paper_frame(), "dice", styles, majority=0.5).to_plotly()
    series = [trace.meta["series"] for trace in figure.data]
    assert series == ["paper"] * 3 + ["unet"] * 3 + ["s4mcl"] * 3
    assert sum(len(trace.x) for trace in figure.data if trace.meta["series"] == "paper") == 6 + 5 + 5
    seeds = [trace for trace in figure.data if trace.meta["series"] == "unet" and trace.marker.size == 5]
    assert len(seeds[0].x) == 2 * 3
    mean = figure.data[-1]
    assert "seed 2: 0.820" in mean.hovertext[0]
    assert not figure.layout.shapes  # the majority rate belongs to accuracy alone
    assert label_fraction_figure(effect, paper_frame(), "accuracy", styles, majority=0.5).to_plotly().layout.shapes


def test_many_seeds_are_thinned_evenly_over_their_values(trials: Make) -> None:
    rows = trials(*({"seed": seed, "test_dice": 0.5 + 0.001 * seed} for seed in range(100)))
    points = seeds_frame(label_fraction_frame(rows))
    assert points.height == 30
    assert (points["value"].min(), points["value"].max()) == (0.5, 0.599)
    assert seeds_frame(label_fraction_frame(trials({"test_dice": 0.5}))).rows() == [(0.2, 0, 0.5)]
    assert seeds_frame(label_fraction_frame(trials())).is_empty()


def test_the_axis_has_room_for_the_arrows_of_a_high_target(paired_trials: Make) -> None:
    effect, styles = label_fraction_frame(paired_trials(3)), looks(["unet", "s4mcl"])
    rows = [{"measure": "dice", "method": "s4mcl", "target": 1.0, "head": 0.1, "place": place} for place in range(4)]
    arrows = pl.DataFrame(rows, schema=SCHEMA)
    figure = label_fraction_figure(
        effect, paper_frame(), "dice", styles, arrows=arrows, told={"s4mcl": "saved"}
    ).to_plotly()
    highest = max(y for trace in figure.data[-4:] for y in trace.y)
    assert figure.layout.yaxis.range[1] > highest > 1.02


def test_every_measure_has_its_column_in_the_ledger() -> None:
    always = set(MEASURES) - set(DISTANCES)  # which a study measures if it is asked to
    assert {f"test_{measure}" for measure in always} | {"test_majority_rate"} == set(TEST)
