import math

import pytest
import torch

from s4mcl_trainables.training.terms import Terms


def add(terms: Terms, iteration: int, **values: float) -> None:
    terms.add({name: torch.tensor(value) for name, value in values.items()}, iteration)


def test_means_since_the_last_report() -> None:
    terms = Terms()
    assert terms.take() == {}
    add(terms, 1, a=1.0, b=4.0)
    add(terms, 2, a=3.0, b=0.0)
    assert terms.take() == {"a": 2.0, "b": 2.0}
    add(terms, 3, a=5.0, b=1.0)
    assert terms.take() == {"a": 5.0, "b": 1.0}
    assert terms.broken() == {}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_first_bad_step_of_each_term_is_kept(value: float) -> None:
    terms = Terms()
    add(terms, 1, a=1.0, b=1.0, c=1.0)
    add(terms, 2, a=value, b=1.0, c=1.0)
    terms.take()
    add(terms, 3, a=1.0, b=value, c=1.0)
    add(terms, 4, a=value, b=value, c=1.0)
    assert terms.broken() == {"a": 2, "b": 3}


def test_restored_terms_go_on() -> None:
    one, two = Terms(), Terms()
    add(one, 1, a=1.0, b=math.nan)
    two.restore(one.state())
    for terms in (one, two):
        add(terms, 2, a=4.0, b=1.0)
        assert terms.broken() == {"b": 1}
        assert terms.take()["a"] == 2.5
