import polars as pl
import pytest
from scipy import stats

from s4mcl.statistics.arm_effects import EFFECTS_SCHEMA, arm_effects
from s4mcl.statistics.correction import holm

BASE = [0.80, 0.82, 0.79, 0.83, 0.81]


def values(**arms: list[float | None]) -> pl.DataFrame:
    rows = [(arm, seed, value) for arm, of_seed in arms.items() for seed, value in enumerate(of_seed)]
    return pl.DataFrame(rows, schema={"arm": pl.String, "seed": pl.Int64, "value": pl.Float64}, orient="row")


def test_effects_are_paired_by_seed_and_corrected() -> None:
    without = [0.70, 0.73, 0.69, 0.74, 0.70]
    level = [0.81, 0.81, 0.80, 0.82, 0.81]
    frame = arm_effects(values(base=BASE, without=without, level=level), "base")
    assert frame.schema == EFFECTS_SCHEMA
    assert frame["arm"].to_list() == ["without", "level"]
    first, second = frame.to_dicts()
    theirs = stats.ttest_rel(without, BASE)
    assert first["p"] == pytest.approx(theirs.pvalue)
    limits = theirs.confidence_interval()
    assert (first["low"], first["high"]) == (pytest.approx(limits.low), pytest.approx(limits.high))
    assert first["effect"] == pytest.approx(first["mean"] - first["reference_mean"])
    assert [first["p_holm"], second["p_holm"]] == holm([first["p"], second["p"]])
    assert (first["verdict"], second["verdict"]) == ("lower", "no difference shown")


def test_a_seed_that_failed_in_one_arm_is_not_paired() -> None:
    frame = arm_effects(values(base=BASE, arm=[0.9, None, 0.9, 0.9, None]), "base")
    assert frame["seeds"].to_list() == [3]
    assert frame["reference_mean"].to_list() == [pytest.approx((0.80 + 0.79 + 0.83) / 3)]


def test_one_seed_or_no_shared_seed_shows_nothing() -> None:
    frame = arm_effects(values(base=[0.8, None], one=[0.9, 0.9], none=[None, 0.9]), "base")
    one, none = frame.to_dicts()
    assert (one["effect"], one["low"], one["p"], one["verdict"]) == (
        pytest.approx(0.1),
        None,
        None,
        "no difference shown",
    )
    assert (none["seeds"], none["effect"], none["verdict"]) == (0, None, "no difference shown")


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"reference arm 'full'; arms: \['base'\]"):
        arm_effects(values(base=BASE), "full")
    with pytest.raises(ValueError, match="seed twice"):
        arm_effects(pl.concat([values(base=BASE)] * 2), "base")
