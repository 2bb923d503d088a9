from itertools import product

import numpy as np
import polars as pl
import pytest
from statsmodels.formula.api import ols

from s4mcl.statistics.factorial_effects import FACTORIAL_SCHEMA, factorial_effects


def runs(seeds: int = 3, noise: float = 0.01, *, half: bool = False) -> pl.DataFrame:
    """2^3 runs: a adds 0.2, b takes 0.1, both together 0.06 more; c does nothing. Half: those with c = a xor b."""
    stream = np.random.default_rng(0)
    rows = []
    for seed, a, b, c in product(range(seeds), *[(False, True)] * 3):
        if half and c != (a ^ b):
            continue
        value = 0.5 + 0.05 * seed + 0.2 * a - 0.1 * b + 0.06 * (a and b) + noise * stream.standard_normal()
        rows.append((seed, a, b, c, value))
    return pl.DataFrame(rows, schema=["seed", "a", "b", "c", "value"], orient="row")


BASES = {"a": False, "b": False, "c": False}


def test_effects_by_hand_without_noise() -> None:
    frame = factorial_effects(runs(noise=1e-6), BASES)
    assert frame.schema == FACTORIAL_SCHEMA
    found = dict(zip(frame["effect"], frame["estimate"], strict=True))
    assert found["a: true - false"] == pytest.approx(0.23, abs=1e-5)  # over both levels of b
    assert found["b: true - false"] == pytest.approx(-0.07, abs=1e-5)
    assert found["c: true - false"] == pytest.approx(0, abs=1e-5)
    assert found["a: true - false × b: true - false"] == pytest.approx(0.06, abs=1e-5)
    assert frame["kind"].to_list() == ["main"] * 3 + ["interaction"] * 3


def test_main_effects_are_differences_of_means_with_statsmodels_limits() -> None:
    data = runs()
    frame = factorial_effects(data, BASES)
    for name in "abc":
        row = frame.filter(pl.col("effect") == f"{name}: true - false").row(0, named=True)
        by_hand = data.filter(pl.col(name))["value"].mean() - data.filter(~pl.col(name))["value"].mean()
        assert row["estimate"] == pytest.approx(by_hand)
    coded = data.with_columns((pl.col(name).cast(pl.Float64) - 0.5) for name in "abc").to_pandas()
    theirs = ols("value ~ C(seed) + a + b + c + a:b + a:c + b:c", coded).fit()
    for name, effect in (("a", "a: true - false"), ("a:b", "a: true - false × b: true - false")):
        row = frame.filter(pl.col("effect") == effect).row(0, named=True)
        assert [row["low"], row["high"]] == pytest.approx(theirs.conf_int().loc[name].to_list())
        assert row["p"] == pytest.approx(theirs.pvalues[name])
    verdicts = dict(zip(frame["effect"], frame["verdict"], strict=True))
    assert verdicts["a: true - false"] == "higher"
    assert verdicts["b: true - false"] == "lower"
    assert verdicts["c: true - false"] == "no difference shown"


def test_a_fraction_says_what_it_cannot_tell_apart() -> None:
    frame = factorial_effects(runs(half=True, noise=1e-6), BASES)
    rows = {row["effect"]: row for row in frame.to_dicts()}
    c, ab = rows["c: true - false"], rows["a: true - false × b: true - false"]
    assert c["aliased_with"] == ["a: true - false × b: true - false"]
    assert (ab["estimate"], ab["p"], ab["aliased_with"]) == (None, None, ["c: true - false"])
    assert c["estimate"] == pytest.approx(-0.03, abs=1e-5)  # nothing of its own, minus half the interaction
    assert rows["a: true - false"]["aliased_with"] == ["b: true - false × c: true - false"]


def test_three_levels_are_each_set_against_the_base() -> None:
    rows = [
        (seed, alpha, on, 1.0 + {0.0: 0, 0.5: 0.1, 1.0: 0.4}[alpha] + 0.2 * on + 0.1 * seed + 0.001 * (seed * k % 3))
        for k, (seed, alpha, on) in enumerate(product(range(4), (0.0, 0.5, 1.0), (False, True)))
    ]
    data = pl.DataFrame(rows, schema=["seed", "alpha", "on", "value"], orient="row")
    frame = factorial_effects(data, {"alpha": 1.0, "on": True})
    found = dict(zip(frame["effect"], frame["estimate"], strict=True))
    assert found["alpha: 0 - 1"] == pytest.approx(-0.4, abs=2e-3)
    assert found["alpha: 0.5 - 1"] == pytest.approx(-0.3, abs=2e-3)
    assert found["on: false - true"] == pytest.approx(-0.2, abs=2e-3)
    assert len(found) == 3 + 2


def test_a_trial_that_failed_is_left_out_and_no_residual_means_no_limits() -> None:
    data = runs(seeds=2).with_columns(pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise("value").alias("value"))
    assert factorial_effects(data, BASES)["low"].null_count() == 0
    alone = factorial_effects(runs(seeds=1, half=True), BASES).filter(pl.col("kind") == "main")
    assert alone["estimate"].null_count() == 0
    assert alone["low"].null_count() == alone["p"].null_count() == 3
    assert set(alone["verdict"]) == {"no difference shown"}


def test_bad_factors_are_refused() -> None:
    with pytest.raises(ValueError, match="factor 'd' has no column"):
        factorial_effects(runs(), {"d": False})
    with pytest.raises(ValueError, match="'never' is the base"):
        factorial_effects(runs(), {"a": "never"})
