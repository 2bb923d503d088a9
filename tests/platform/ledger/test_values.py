import polars as pl

from s4mcl.ledger.values import number_columns

TEXTS = pl.Series(
    [
        '{"val_dice":0.5,"val_on":true,"deep":{"val_deep":1},"other":2}',
        None,
        '{"val_dice":null,"val_a\\"b":-1.5e-3,"val_list":null}',
        "{}",
    ]
)
ODD = pl.Series(['{"val_dice":"x","val_list":[1],"val_^.*$":3}', '{"val_dice":1,"val_list":2}'])


def test_names_are_found_where_a_number_stands() -> None:
    found = number_columns(TEXTS, ("val_",))
    assert found.to_dict(as_series=False) == {
        'val_a"b': [None, None, -0.0015, None],
        "val_dice": [0.5, None, None, None],
        "val_on": [1.0, None, None, None],
    }


def test_what_is_no_number_is_null_and_hides_nothing_else() -> None:
    found = number_columns(ODD, ("val_",))
    assert found.to_dict(as_series=False) == {"val_^.*$": [3.0, None], "val_dice": [None, 1.0], "val_list": [None, 2.0]}


def test_wanted_names_have_a_column_each() -> None:
    assert number_columns(TEXTS, (), {"val_dice", "none"}).to_dict(as_series=False) == {
        "none": [None] * 4,
        "val_dice": [0.5, None, None, None],
    }
    assert number_columns(TEXTS.head(0), ("val_",)).is_empty()
    assert number_columns(ODD, (), {"other"})["other"].null_count() == 2


def test_names_without_any_number_have_no_column() -> None:
    found = number_columns(pl.Series(['{"val_dice":null}', '{"val_dice":null,"val_score":null}']), ("val_",))
    assert found.columns == []
