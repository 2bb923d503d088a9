import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl.ledger.documents import decode, encode, encode_values

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_documents_come_back_as_they_were(document: dict[str, object]) -> None:
    assert decode(encode(document)) == document


def test_lone_surrogates_are_kept_in_text_that_a_database_takes() -> None:
    document = {"data": "/folder/\udcff", "\ud800": ["\ud800 and 🧪"]}
    assert decode(encode(document)) == document
    encode(document).encode("utf-8")


def test_the_text_does_not_depend_on_the_order_of_names() -> None:
    assert (
        encode({"b": 1, "a": {"d": 2, "c": 3}})
        == encode({"a": {"c": 3, "d": 2}, "b": 1})
        == '{"a":{"c":3,"d":2},"b":1}'
    )


def test_what_is_not_finite_is_null_and_named() -> None:
    text = encode({"a": [1.0, math.inf], "b": {"c": math.nan}, "d": np.float32("-inf"), "e": np.int64(3)})
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert found == {"a": [1.0, None], "b": {"c": None}, "d": None, "e": 3, "non_finite": ["a.1", "b.c", "d"]}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({"a": object()})


def test_report_values_are_numbers() -> None:
    assert encode_values({"b": np.float32(0.5), "a": 1, "c": None}) == ('{"a":1.0,"b":0.5,"c":null}', None)
    assert encode_values({"b": math.nan, "a": np.float64("inf")}) == ('{"a":null,"b":null}', '["a","b"]')


@pytest.mark.parametrize("name", ["", "key", "iteration", 'a"b', "a\\b", "a\nb"])
def test_report_names_are_plain(name: str) -> None:
    with pytest.raises(ValueError, match="report value name"):
        encode_values({name: 1.0})
