from pathlib import Path

import pytest

from s4mcl.config import compose_study, from_yaml, to_yaml
from s4mcl.execution.extension import compared
from s4mcl_trainables.problems import InputError

WORDS = ("name=demo", "data.path=nowhere")


def test_prices_are_none_unless_given(tmp_path: Path) -> None:
    plain = compose_study(WORDS)
    assert (plain.cluster.prices.cpu_hour, plain.cluster.prices.gpu_hour, plain.cluster.prices.currency) == (
        None,
        None,
        "",
    )
    given = compose_study((*WORDS, "cluster.prices.gpu_hour=2.5", "cluster.prices.currency=EUR"))
    assert (given.cluster.prices.gpu_hour, given.cluster.prices.currency) == (2.5, "EUR")
    assert from_yaml(to_yaml(given)) == given


def test_a_study_that_has_begun_may_be_given_a_price() -> None:
    assert compared(compose_study(WORDS), compose_study((*WORDS, "cluster.prices.cpu_hour=0.04"))) == ([], [])


@pytest.mark.parametrize(
    "word", ["cluster.prices.cpu_hour=-1", "cluster.prices.gpu_hour=much", "cluster.prices.hour=1"]
)
def test_prices_that_are_none_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=word.partition("=")[0]):
        compose_study((*WORDS, word))
