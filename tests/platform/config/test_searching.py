"""What a search asks for is refused when it is composed, all of it at once."""

import pytest

from s4mcl.config import compose_study
from s4mcl_trainables.problems import InputError

BASE = ["study=quickstart", "name=demo", "data.path=images"]


def refusal(*words: str) -> str:
    with pytest.raises(InputError) as caught:
        compose_study([*BASE, *words])
    return str(caught.value)


def test_all_that_is_wrong_with_a_search_is_told_at_once() -> None:
    text = refusal(
        "search.sampler=cmaes",
        "search.objective=pareto",
        "search.constraints=['val_dise >= 0.5','val_dice about 0.5']",
        "search.start.unnet=[{alpha: 1}]",
        "search.start.s4mcl=[{alhpa: 1},{alpha: much}]",
        "search.max_iterations=3",
        "width=0",
    )
    for told in (
        "search.sampler=cmaes knows one objective, found 2 (search.objective=pareto)",
        "search.constraints[0]: unknown metric 'val_dise'; did you mean val_dice?",
        "search.constraints[1]: expected METRIC >= NUMBER",
        "search.start.unnet: unknown method 'unnet'; did you mean unet?",
        "search.start.s4mcl[0].alhpa: the method has no such hyperparameter; did you mean alpha?",
        "search.start.s4mcl[1].alpha: expected a number, found 'much'",
        "search.max_iterations: expected at least",
        "width: expected a whole number of at least 1",
    ):
        assert told in text


def test_what_fits_is_let_through_and_numbers_are_what_the_method_takes() -> None:
    words = ["search.sampler=nsga2", "search.objective=pareto", "search.constraints=['val_dice >= 0.5']"]
    config = compose_study([*BASE, *words, "search.start.s4mcl=[{alpha: 1}]", "search.max_iterations=1000000"])
    assert type(config.search.start["s4mcl"][0]["alpha"]) is float
    assert config.search.constraints == ("val_dice >= 0.5",)


def test_what_can_be_left_out_is_named() -> None:
    told = "only keys below hyperparameters, space, search.start and ablate.designs can be left out"
    assert told in refusal("~width")
