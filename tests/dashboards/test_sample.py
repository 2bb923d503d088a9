import polars as pl

from s4mcl_dashboards.frames.sample import sampled, spaced


def test_places_are_even_with_both_ends() -> None:
    assert spaced(5, 10) == [0, 1, 2, 3, 4]
    assert spaced(101, 5) == [0, 25, 50, 75, 100]
    assert len(spaced(10_000, 300)) == 300


def test_rows_that_matter_stay_in_their_order() -> None:
    frame = pl.DataFrame({"number": range(1000), "record": [number in (7, 500, 998) for number in range(1000)]})
    found = sampled(frame, 50, keep=pl.col("record"))
    assert found.height == 50
    assert {7, 500, 998} <= set(found["number"])
    assert found["number"].is_sorted()
    assert found.columns == frame.columns
    assert sampled(frame, 50, keep=pl.col("record")).equals(found)


def test_few_rows_stay_all() -> None:
    frame = pl.DataFrame({"number": [3, 1, 2]})
    assert sampled(frame, 3).equals(frame)
    assert sampled(frame.clear(), 3).is_empty()


def test_rows_that_matter_may_be_more_than_fit() -> None:
    frame = pl.DataFrame({"number": range(100)})
    found = sampled(frame, 10, keep=pl.col("number") < 60)
    assert found.filter(pl.col("number") < 60).height == 60
    assert found["number"][-1] == 99
