from typing import Any

import pytest

from s4mcl_dashboards.figures.coordinates import coordinates_figure
from s4mcl_dashboards.frames.completed import Completed
from s4mcl_dashboards.frames.coordinates import ABSENT, AXES, OTHERS, TOP, Axis, Coordinates, coordinates_of
from s4mcl_dashboards.palette import looks

LOOK = looks(["s4mcl"])["s4mcl"]


def completed(*given: dict[str, Any]) -> Completed:
    """The score rises with the number."""
    return Completed(list(range(len(given))), [0.1 * at for at in range(len(given))], given)


def found(*given: dict[str, Any], order: tuple[str, ...] = (), **known: bool) -> Coordinates:
    picture = coordinates_of(completed(*given), order, known)
    assert picture is not None
    return picture


def axis(name: str, *given: dict[str, Any], **known: bool) -> Axis:
    return next(each for each in found(*given, **known).axes if each.name == name)


def test_numbers_lie_between_their_ends() -> None:
    alpha = axis("alpha", {"alpha": 0.0}, {"alpha": 2.0}, {"alpha": 0.5})
    assert alpha.places == (0.0, 1.0, 0.25)
    assert [text for _, text in alpha.ticks] == ["0", "0.5", "1", "1.5", "2"]
    assert alpha.texts == ("0", "2", "0.5")


def test_a_searched_logarithm_is_taken_and_a_wide_range_too() -> None:
    close = axis("lr", {"lr": 0.001}, {"lr": 0.01}, {"lr": 0.1}, lr=True)
    assert close.places == pytest.approx((0, 0.5, 1))
    assert [text for _, text in close.ticks] == ["0.001", "0.01", "0.1"]
    assert axis("lr", {"lr": 1e-5}, {"lr": 1e-3}, {"lr": 1.0}).places[1] == pytest.approx(0.4)
    assert axis("w", {"w": 0.0}, {"w": 0.5}, {"w": 1.0}, w=True).places == (0, 0.5, 1)  # no logarithm of 0


def test_choices_are_spread_around_their_place_and_sets_count_their_elements() -> None:
    given = [{"layout": ("heads", "joint")[at % 2], "t": ["a"] * (1 + at % 3)} for at in range(12)]
    layout, sets = axis("layout", *given), axis("t", *given)
    assert [text for _, text in layout.ticks] == ["heads", "joint"]
    assert all((place < 0.5) == (at % 2 == 0) for at, place in enumerate(layout.places))
    assert len(set(layout.places)) == 12
    assert (sets.says, [text for _, text in sets.ticks]) == ("how many", ["1", "2", "3"])


def test_a_hyperparameter_that_is_not_set_stands_aside() -> None:
    alpha = axis("alpha", {"alpha": 1.0}, {"alpha": 2.0}, {})
    assert alpha.places == (0.0, 1.0, ABSENT)
    assert alpha.ticks[0] == (ABSENT, "not set")
    assert alpha.texts[2] == "not set"


def test_the_best_tenth_and_an_even_sample_are_drawn() -> None:
    picture = found(*({"a": at, "b": -at} for at in range(1000)))
    assert picture.best == 999
    assert len(picture.top) == TOP - 1
    assert len(picture.others) == OTHERS
    assert picture.others[-1] == 0  # the worst is among them
    assert not {picture.best, *picture.top} & set(picture.others)
    few = found({"a": 1}, {"a": 2}, {"a": 3})
    assert (few.best, few.top, few.others) == (2, (), (1, 0))


def test_the_more_important_come_first_and_too_many_are_named() -> None:
    given = [{f"h{place:02}": at + place for place in range(AXES + 2)} for at in range(3)]
    picture = found(*given, order=("h05", "h01", "gone"))
    assert [each.name for each in picture.axes[:3]] == ["score", "h05", "h01"]
    assert len(picture.axes) == AXES + 1
    assert picture.left_out == ("h12", "h13")


def test_there_is_no_picture_of_one_proposal_or_of_what_never_varied() -> None:
    assert coordinates_of(completed({"a": 1}), (), {}) is None
    assert coordinates_of(completed({"a": 1}, {"a": 1}), (), {}) is None
    assert coordinates_of(completed(), (), {}) is None


def test_lines_have_a_point_an_axis_and_text_is_drawn_as_text() -> None:
    given = [{"<b>": "%{x}", "a": 1}, {"<b>": "<i>", "a": 2}, {"<b>": "plain", "a": 3}]
    picture = found(*given)
    figure = coordinates_figure(picture, [0, 1, 2], LOOK, ("s4mcl", 0.2)).to_plotly()
    others, top, best = figure.data
    assert (len(others.x), len(top.x), len(best.x)) == (2 * 4, 0, 4)
    assert best.customdata[1] == [2, "&lt;b&gt;: plain"]
    assert any(mark.text == "&lt;i&gt;" for mark in figure.layout.annotations)
    assert len(figure.layout.shapes) == 3
