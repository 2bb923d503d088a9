"""Every figure draws as many points as the frames behind it have values, and at those values.

What is expected comes from the study's frames, never from the page. Pixels are Plotly's own: a point is an element that
the browser has drawn, and hidden lines have none.
"""

from collections.abc import Callable
from math import isclose
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page
from report_page import drawn, figures, show_everything

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.frames.boundaries import boundaries_frame
from s4mcl_dashboards.frames.calibration import calibration_frame
from s4mcl_dashboards.frames.confusion import commonest, confusion_frame
from s4mcl_dashboards.frames.effects import compared_frame
from s4mcl_dashboards.frames.roc import roc_frame
from s4mcl_dashboards.frames.savings import arrows_frame
from s4mcl_dashboards.frames.schema import METRICS
from s4mcl_dashboards.frames.search import history_frame, rungs_frame, values_frame
from s4mcl_dashboards.material import Material, read_material
from s4mcl_dashboards.naming import metric_name, quantity_name
from s4mcl_dashboards.paper import paper_frame

Figure = dict[str, Any]
Found = list[Figure]
_drawn: Found = []


@pytest.fixture(scope="module")
def material(study_of: Callable[[str], Path]) -> Material:
    return read_material(study_of("whole"))


@pytest.fixture
def found(open_report: Callable[..., Page]) -> Found:
    """All figures of the page, drawn once for all tests."""
    if not _drawn:
        page = open_report("whole")
        show_everything(page)
        assert drawn(page) == page.locator(".drawing").count()
        _drawn.extend(figures(page))
    return _drawn


def of(found: Found, anchor: str, panel: str | None = None, caption: str | None = None) -> Found:
    """The figures of a section, of one of its panels, of this caption."""
    return [
        figure
        for figure in found
        if figure["anchor"] == anchor
        and panel in (None, figure["panel"].replace("\xa0", " "))
        and caption in (None, figure["caption"].replace("\xa0", " "))
    ]


def same(one: list[Any], other: list[Any]) -> bool:
    """Equal numbers, to the digits that a page embeds."""
    return len(one) == len(other) and all(
        a == b or (a is not None and b is not None and isclose(a, b, rel_tol=1e-3, abs_tol=1e-5))
        for a, b in zip(one, other, strict=True)
    )


def lines(figure: Figure, series: str | None) -> Found:
    """The lines with markers of a series."""
    return [trace for trace in figure["traces"] if trace["series"] == series and trace["mode"] == "lines+markers"]


@pytest.mark.parametrize("metric", METRICS)
def test_label_fractions(found: Found, material: Material, metric: str) -> None:
    (figure,) = of(found, "labels", caption=metric_name(metric))
    effect, theirs = (frame.filter(pl.col("metric") == metric) for frame in (material.effect, paper_frame()))
    arrows = arrows_frame(material.findings.savings, material.methods).filter(pl.col("measure") == metric)
    on_arrows = 2 * int(arrows["head"].count() + arrows["low"].count())
    with_interval, seeds = effect.drop_nulls("high").height, int(effect["n"].sum())
    assert seeds == 12
    assert figure["points"] == theirs.height + effect.height + with_interval + seeds + on_arrows
    assert sum(len(trace["x"]) for trace in lines(figure, "paper")) == theirs.height
    for (method,), rows in effect.group_by("method"):
        means = [trace["y"] for trace in lines(figure, str(method))]
        assert any(same(ys, rows.sort("label_fraction")["mean"].to_list()) for ys in means), (method, means)


def test_comparisons(found: Found, material: Material) -> None:
    compared = compared_frame(material.findings.comparisons)
    assert len(of(found, "comparisons")) == compared["measure"].n_unique()
    for (measure,), rows in compared.group_by("measure"):
        (figure,) = of(found, "comparisons", metric_name(str(measure)))
        assert figure["points"] == rows.height
        at = [value for trace in figure["traces"] for value in trace["x"]]
        assert same(sorted(at), sorted(rows["effect"].to_list()))


def test_ablation(found: Found, material: Material) -> None:
    effects = material.findings.ablation.drop_nulls("effect")
    for (design,), rows in effects.group_by("design"):
        first = of(found, "ablation", str(design))[0]
        assert first["points"] == rows.height > 0
        at = [value for trace in first["traces"] for value in trace["x"]]
        assert same(sorted(at), sorted(rows["effect"].to_list()))


def test_search(found: Found, material: Material) -> None:
    history = history_frame(material.proposals)
    rungs, values = rungs_frame(material.proposals), values_frame(material.proposals, history)
    for (method,), own in history.group_by("method"):
        is_own = pl.col("method") == method
        panel = method_name(str(method))
        (figure,) = of(found, "search", panel, "Score by proposal")
        assert figure["points"] == own.filter(pl.col("state") != "running").height == 4
        scores = [value for trace in figure["traces"] if trace["mode"] == "markers" for value in trace["y"]]
        assert set(own["last"].drop_nulls().round(4)) <= {round(score, 4) for score in scores}
        (figure,) = of(found, "search", panel, "Score by iteration, a line a proposal")
        assert figure["lines"] >= 2
        told = [value for trace in figure["traces"] for value in trace["y"] if value is not None]
        assert same(sorted(told), sorted(rungs.filter(is_own)["score"].to_list()))
        scored = values.filter(is_own).drop_nulls("score")
        slices = [figure for figure in of(found, "search", panel, "") if "Score against" in figure["told"]]
        assert len(slices) == scored["hyperparameter"].n_unique() > 0
        for name, figure in zip(scored["hyperparameter"].unique(maintain_order=True), slices, strict=True):
            assert figure["points"] == scored.filter(pl.col("hyperparameter") == name).height + 1  # the best once more


def test_classes(found: Found, material: Material) -> None:
    classes = material.evidence.classes
    assert len(classes) == 4
    shown = commonest(classes, 8)
    counts, curves, bins = confusion_frame(classes), roc_frame(classes, shown), calibration_frame(classes, shown)
    for fraction in sorted({fraction for _, fraction in classes}):
        panel, at = f"{percent(fraction)} of the labels", pl.col("label_fraction") == fraction
        matrices, rocs, calibrations = (
            of(found, "classification", panel, caption)
            for caption in ("Confusion matrix", "ROC, each class against the rest", "Calibration")
        )
        for place, method in enumerate(material.methods):
            own = at & (pl.col("method") == method)
            shares = [value for row in matrices[place]["traces"][0]["z"] for value in row]
            assert same(shares, counts.filter(own).sort("truth", "named")["share"].to_list())
            mean = curves.filter(own & pl.col("one").is_null())
            assert any(same(trace["y"], mean["tpr"].to_list()) for trace in rocs[place]["traces"])
            assert rocs[place]["lines"] == 1 + len(shown) + 1 + 1  # chance, classes, spread of the seeds, mean
            assert calibrations[place]["points"] == bins.filter(own).height


def test_training_curves(found: Found, material: Material) -> None:
    assert len(of(found, "curves")) == material.curves.select("method", "quantity").n_unique() == 10
    for (method, quantity), rows in material.curves.group_by("method", "quantity"):
        (figure,) = of(found, "curves", method_name(str(method)), quantity_name(str(quantity)))
        means = [
            rows.filter(pl.col("label_fraction") == at).sort("iteration") for at in rows["label_fraction"].unique()
        ]
        assert figure["lines"] == len(means)  # single trials are hidden until they are asked for
        for mean in means:
            on_line = [trace for trace in figure["traces"] if same(trace["y"], mean["mean"].to_list())]
            assert any(same(trace["x"], mean["iteration"].to_list()) for trace in on_line)


def test_boundaries(open_report: Callable[..., Page], material: Material) -> None:
    page = open_report("whole")
    pictures = page.locator("#boundaries svg.picture[role='img']")
    shown = boundaries_frame(material.evidence)
    assert pictures.count() == shown.height > 0
    paths = pictures.evaluate_all("drawn => drawn.map((one) => one.querySelector('path.predicted').getTotalLength())")
    assert all(length > 10 for length in paths)  # every mask of this study is a disc
