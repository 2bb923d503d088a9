from collections.abc import Callable
from typing import Any

import polars as pl

from s4mcl_dashboards.figures.curves import curve_figure
from s4mcl_dashboards.frames import single_curves
from s4mcl_dashboards.frames.curves import curves_frame
from s4mcl_dashboards.frames.single_curves import chosen_trials_frame, single_curves_frame
from s4mcl_dashboards.palette import fraction_looks
from s4mcl_dashboards.sections.curves import curves_section

Make = Callable[..., Any]


def sent(keys: list[str], points: int = 2, **columns: float) -> pl.DataFrame:
    rows = [{"key": key, "iteration": 10 * (at + 1), **columns} for key in keys for at in range(points)]
    return pl.DataFrame(rows)


def scored(trials: Make) -> pl.DataFrame:
    scores = (0.5, 0.9, 0.1, 0.7, None)
    rows = [{"seed": seed, "val_score": score} for seed, score in enumerate(scores)]
    rows[4]["state"] = "failed"
    return trials(*rows, {"method": "s4mcl", "val_score": 0.4}, {"stage": "search", "val_score": 1.0})


def test_best_median_worst_and_failed_of_each_cell(trials: Make) -> None:
    found = chosen_trials_frame(scored(trials)).select("method", "rank", "key", "seed", "score").rows()
    assert found == [
        ("s4mcl", "best", "key5", 0, 0.4),
        ("unet", "best", "key1", 1, 0.9),
        ("unet", "median", "key0", 0, 0.5),
        ("unet", "worst", "key2", 2, 0.1),
        ("unet", "failed", "key4", 4, None),
    ]
    assert chosen_trials_frame(trials()).is_empty()


def test_many_label_fractions_are_cut_from_the_middle(trials: Make) -> None:
    rows = [
        {"label_fraction": at, "seed": seed, "val_score": seed / 10} for at in (0.1, 0.2, 0.5, 1.0) for seed in range(3)
    ]
    assert chosen_trials_frame(trials(*rows), most=7)["label_fraction"].unique().to_list() == [0.1, 1.0]


def test_curves_of_the_chosen_trials_alone(trials: Make) -> None:
    chosen = chosen_trials_frame(scored(trials))
    reports = sent([f"key{place}" for place in range(7)], val_dice=0.5)
    frame = single_curves_frame(chosen, reports.lazy())
    assert set(frame["key"]) == {"key0", "key1", "key2", "key4", "key5"}
    assert frame.height == 5 * 2
    assert frame.filter(rank="failed")["value"].to_list() == [0.5, 0.5]
    assert single_curves_frame(chosen, reports.head(0)).is_empty()


def test_all_curves_together_have_a_bound(trials: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(single_curves, "POINTS", 200)
    chosen = chosen_trials_frame(scored(trials))
    frame = single_curves_frame(chosen, sent(chosen["key"].to_list(), 300, val_dice=0.5, loss=1.0))
    assert 10 * 12 <= frame.height <= 10 * 20
    assert frame["iteration"].max() == 3000


def test_single_trials_are_drawn_thin_and_hidden_with_their_series(trials: Make) -> None:
    planned = scored(trials)
    reports = sent([f"key{place}" for place in range(5)], val_dice=0.25)
    singles = single_curves_frame(chosen_trials_frame(planned), reports)
    figure = curve_figure(curves_frame(planned, reports), "val_dice", fraction_looks([0.2]), singles).to_plotly()
    *thin, mean = figure.data
    assert [trace.meta["series"] for trace in thin] == [
        [rank, "share-0.2"] for rank in ("best", "median", "worst", "failed")
    ]
    assert all(trace.visible is False and trace.line.width < mean.line.width for trace in thin)
    assert mean.meta["series"] == ["mean over seeds", "share-0.2"]
    assert "n = 5" in mean.hovertemplate


def test_the_section_has_a_button_a_rank_and_says_what_is_missing(trials: Make, material: Make) -> None:
    planned = scored(trials)
    reports = sent(["key0", "key1", "key2", "key5"], val_dice=0.25, **{"loss/a": 1.0})
    singles = single_curves_frame(chosen_trials_frame(planned), reports)
    html = curves_section(material(planned, curves=curves_frame(planned, reports), singles=singles))
    assert html.count('aria-pressed="false"') == 3  # best, median and worst; the failed one reported nothing
    assert html.count('aria-pressed="true"') == 2  # the label fraction and the mean
    assert html.count('class="drawing"') == 2 * 2
    assert "No single trials" not in html
    few = curves_section(material(planned, curves=curves_frame(planned, reports)))
    assert 'aria-pressed="false"' not in few
