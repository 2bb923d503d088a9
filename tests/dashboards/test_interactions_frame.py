import json
from itertools import product
from typing import Any

import polars as pl
import pytest

from s4mcl.statistics.factorial_effects import factorial_effects
from s4mcl_dashboards.figures.factor_matrix import factor_matrix_figure, letter
from s4mcl_dashboards.figures.interaction import interaction_figure
from s4mcl_dashboards.frames.interactions import (
    cell_means_frame,
    factors_of,
    largest_pairs,
    main_terms,
    matrix_frame,
)
from s4mcl_dashboards.palette import looks

LOOK = looks(["s4mcl"])["s4mcl"]
LEVELS = ("on", "off")


def scores(fraction: int = 1) -> pl.DataFrame:
    """Three factors on and off, three seeds: a is worth 0.2, together with b 0.1 more; c nothing, b alone nothing."""
    rows: list[dict[str, Any]] = []
    for place, (a, b, c) in enumerate(product(LEVELS, repeat=3)):
        if place % fraction:
            continue
        for seed in range(3):
            value = 0.9 - 0.2 * (a == "off") - 0.1 * (a == b == "off") + 0.01 * seed
            factors = json.dumps({"a": a, "b": b, "c": c})
            rows.append({"arm": f"{a}{b}{c}", "factors": factors, "seed": seed, "value": value + 1e-4 * (place % 3)})
    return pl.DataFrame(rows)


def block_of(given: pl.DataFrame, bases: dict[str, str]) -> pl.DataFrame:
    """The effects as the statistics give them, in the columns of the results."""
    levels = pl.DataFrame([json.loads(text) for text in given["factors"]])
    found = factorial_effects(pl.concat([given.select("seed", "value"), levels], how="horizontal"), bases)
    return found.rename({"effect": "term", "kind": "of", "estimate": "effect"})


BLOCK = block_of(scores(), dict.fromkeys("abc", "on"))


def test_the_matrix_has_main_effects_on_its_diagonal_and_interactions_below() -> None:
    found = matrix_frame(BLOCK)
    effects = {(row["row"], row["column"]): row for row in found.to_dicts()}
    assert set(effects) == {(0, 0), (1, 1), (2, 2), (1, 0), (2, 0), (2, 1)}
    assert effects[0, 0]["effect"] == pytest.approx(-0.25, abs=1e-3)
    assert effects[1, 0]["effect"] == pytest.approx(-0.1, abs=1e-3)
    assert effects[1, 0]["shown"]
    assert effects[2, 1]["effect"] == pytest.approx(0.0, abs=1e-3)


def test_what_is_not_told_apart_leaves_a_gap() -> None:
    half = block_of(scores().filter(pl.col("arm").is_in(["ononon", "onoffoff", "offonoff", "offoffon"])), {})
    assert half.is_empty()
    part = scores().filter(pl.col("arm").is_in(["ononon", "onoffoff", "offonoff", "offoffon"]))
    aliased = matrix_frame(block_of(part, dict.fromkeys("abc", "on")))
    assert aliased["effect"].null_count() == 3
    figure = factor_matrix_figure(aliased, main_terms(block_of(part, dict.fromkeys("abc", "on")))).to_plotly()
    assert sum(value is not None for row in figure.data[0].z for value in row) == 3


def test_means_at_pairs_of_levels_are_over_the_other_factors_and_count_each_seed_once() -> None:
    cells = cell_means_frame(scores(), "a", "b")
    means = {(row["one_level"], row["other_level"]): row for row in cells.to_dicts()}
    assert list(means) == [("on", "on"), ("on", "off"), ("off", "on"), ("off", "off")]  # the reference's level first
    assert means["on", "on"]["mean"] == pytest.approx(0.91, abs=1e-3)
    assert means["off", "off"]["mean"] == pytest.approx(0.61, abs=1e-3)
    assert means["on", "on"]["n"] == 3
    assert means["on", "on"]["high"] - means["on", "on"]["mean"] == pytest.approx(4.302653 * 0.01 / 3**0.5, abs=1e-4)


def test_the_largest_interaction_comes_first() -> None:
    assert factors_of(scores()) == {"a": ["on", "off"], "b": ["on", "off"], "c": ["on", "off"]}
    assert largest_pairs(BLOCK, ["a", "b", "c"], 2)[0] == ("a", "b")
    assert len(largest_pairs(BLOCK, ["a", "b", "c"], 9)) == 3
    assert largest_pairs(BLOCK, [], 9) == []


def test_a_factor_whose_name_begins_like_another_is_told_apart() -> None:
    rows = [("mask: off - on", "main", 0.1), ("mask: off: 2 - on", "main", 0.2)]
    rows.append((f"{rows[0][0]} × {rows[1][0]}", "interaction", 0.3))
    block = pl.DataFrame(rows, schema=["term", "of", "effect"], orient="row")
    assert largest_pairs(block, ["mask", "mask: off"], 1) == [("mask", "mask: off")]


def test_lines_have_a_point_a_level_and_carry_their_names() -> None:
    figure = interaction_figure(cell_means_frame(scores(), "a", "b"), LOOK).to_plotly()
    assert [len(trace.x) for trace in figure.data] == [2, 2]
    assert [trace.text[-1].strip() for trace in figure.data] == ["on", "off"]
    assert figure.data[0].line.dash != figure.data[1].line.dash
    assert figure.layout.xaxis.ticktext == ("on", "off")


def test_the_matrix_stars_what_is_shown_and_hides_numbers_that_would_not_fit() -> None:
    terms = main_terms(BLOCK)
    drawn = factor_matrix_figure(matrix_frame(BLOCK), terms).to_plotly().data[0]
    assert drawn.text[0][0] == "−0.250*"
    assert drawn.z[0][1] is None
    assert drawn.zmin == -drawn.zmax
    assert drawn.texttemplate == "%{text}"
    many = [f"f{place}: off - on" for place in range(8)]
    assert factor_matrix_figure(matrix_frame(BLOCK), many).to_plotly().data[0].texttemplate is None
    assert [letter(0), letter(25), letter(26)] == ["A", "Z", "A2"]
