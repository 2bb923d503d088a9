import time

import numpy as np
import pytest

from s4mcl_dashboards.figures.surface import POINTS, surface_figure
from s4mcl_dashboards.frames.completed import Completed
from s4mcl_dashboards.frames.surface import FEWEST, GRID, LEAST, pairs_of, surface_of

WHERE = ("s4mcl", 0.2)
KNOWN = {"alpha": False}  # searched by itself, not by its logarithm


def hill(amount: int, *, noise: float = 0.0, flat: bool = False) -> Completed:
    """A score with its top at weight 0.01 and alpha 1."""
    draws = np.random.default_rng(5)
    given = [{"weight": float(10 ** draws.uniform(-4, 0)), "alpha": float(draws.uniform(0, 2))} for _ in range(amount)]
    scores = [
        (0.0 if flat else 0.8 - 0.1 * (np.log10(each["weight"]) + 2) ** 2 - 0.3 * (each["alpha"] - 1) ** 2)
        + noise * float(draws.standard_normal())
        for each in given
    ]
    return Completed(list(range(amount)), [float(score) for score in scores], given)


def test_the_local_mean_finds_the_hill() -> None:
    surface = surface_of(hill(300, noise=0.02), "weight", "alpha", KNOWN)
    assert (surface.x_logarithmic, surface.y_logarithmic) == (True, False)
    assert len(surface.z) == GRID == len(surface.z[0])
    places = [(x, y) for y in surface.ys for x in surface.xs]
    values = [value for row in surface.z for value in row]
    top = max((value, *place) for value, place in zip(values, places, strict=True) if value is not None)
    assert top[1] == pytest.approx(0.01, rel=1.0)
    assert top[2] == pytest.approx(1.0, abs=0.25)
    assert surface.explained is not None
    assert surface.explained > 0.8


def test_the_grid_is_in_the_hyperparameters_own_units() -> None:
    completed = hill(100)
    surface = surface_of(completed, "weight", "alpha", KNOWN)
    weights = completed.column("weight")
    assert surface.xs[0] == pytest.approx(min(weights))
    assert surface.xs[-1] == pytest.approx(max(weights))
    ratios = np.array(surface.xs[1:]) / np.array(surface.xs[:-1])
    assert ratios == pytest.approx(ratios[0])  # even by their logarithms


def test_where_nothing_is_foretold_there_are_no_contours() -> None:
    noise = surface_of(hill(60, noise=1.0, flat=True), "weight", "alpha", KNOWN)
    assert noise.explained is not None
    assert noise.explained < LEAST
    assert noise.z == ()
    level = surface_of(hill(60, flat=True), "weight", "alpha", KNOWN)
    assert (level.explained, level.z) == (0.0, ())


def test_few_proposals_have_points_alone() -> None:
    completed = hill(FEWEST - 1)
    surface = surface_of(completed, "weight", "alpha", KNOWN)
    assert (surface.explained, surface.z) == (None, ())
    points, star = surface_figure(surface, completed, WHERE).to_plotly().data
    assert len(points.x) == FEWEST - 1
    assert star.x == (completed.given[completed.ranked[0]]["weight"],)


def test_places_without_a_proposal_near_are_blank() -> None:
    draws = np.random.default_rng(1)
    given = [{"a": float(x), "b": float(x + 0.02 * draws.uniform())} for x in draws.uniform(0, 1, 200)]
    surface = surface_of(Completed(range(200), [each["a"] for each in given], given), "a", "b", {})
    assert surface.z[0][-1] is None  # far off the diagonal
    assert surface.z[0][0] is not None


def test_an_axis_is_logarithmic_where_the_search_was() -> None:
    given = [{"a": 0.01 + 0.001 * at, "b": float(at % 7)} for at in range(40)]
    completed = Completed(range(40), [float(at) for at in range(40)], given)
    assert not surface_of(completed, "a", "b", {}).x_logarithmic
    assert surface_of(completed, "a", "b", {"a": True, "b": True}).x_logarithmic
    assert not surface_of(completed, "a", "b", {"a": True, "b": True}).y_logarithmic  # it holds 0


def test_the_pair_that_the_paper_leaves_open_comes_first() -> None:
    pair = ("adversarial_weight", "alpha")
    assert pairs_of(["lr", "alpha", "adversarial_weight"], ["lr"], pair, 2) == [pair, ("lr", "alpha")]
    assert pairs_of(["b", "a"], ["a"], pair, 6) == [("a", "b")]
    assert pairs_of(["a"], [], pair, 6) == []
    assert len(pairs_of([f"h{at}" for at in range(9)], [], pair, 6)) == 6


def test_a_large_search_is_drawn_by_few_points_and_fast() -> None:
    completed = hill(10_000, noise=0.05)
    began = time.perf_counter()
    figure = surface_figure(surface_of(completed, "weight", "alpha", KNOWN), completed, WHERE).to_plotly()
    assert time.perf_counter() - began < 3  # seconds, also where the machine does other things
    contour, points, _ = figure.data
    assert len(points.x) == POINTS
    assert np.array(contour.z).shape == (GRID, GRID)
