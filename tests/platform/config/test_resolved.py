"""A configuration written down, read again, and compared with another."""

import pytest

from s4mcl.config import compose_study, difference, from_yaml, to_plain, to_yaml
from s4mcl_trainables.problems import InputError

BASE = ["study=quickstart", "name=demo", "data.path=images"]


@pytest.mark.parametrize("more", [[], ["cluster.gpus_per_pack=auto"], ["seeds=[4]", "hyperparameters.unet.dropout=0"]])
def test_yaml_brings_every_value_back(more: list[str]) -> None:
    config = compose_study([*BASE, *more])
    assert from_yaml(to_yaml(config)) == config
    assert difference(config, to_plain(config)) == []


def test_difference_names_the_keys() -> None:
    old = compose_study(BASE)
    new = compose_study([*BASE, "width=4", "budget.iterations=30", "hyperparameters.s4mcl.alpha=1", "seeds=3"])
    assert difference(old, new) == [
        "budget.iterations",
        "budget.report_every",
        "hyperparameters",
        "hyperparameters.s4mcl.alpha",
        "seeds",
        "width",
    ]
    assert difference(old, compose_study([*BASE, "seeds=[0,1]"])) == []


def test_a_method_that_is_not_installed_does_not_hinder_reading() -> None:
    text = to_yaml(compose_study(BASE)).replace("s2mcl", "elsewhere")
    assert "elsewhere" in from_yaml(text).methods


@pytest.mark.parametrize("text", ["width: [", "- 1", "", "width: 3\nextra: 1\n", "!!python/object:os.system {}"])
def test_a_broken_file_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match=r"demo/config\.yaml"):
        from_yaml(text, "demo/config.yaml")
