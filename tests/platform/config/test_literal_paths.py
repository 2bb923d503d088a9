"""The values of path keys come out as they went in, whatever they hold."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s4mcl.config import compose_study, from_yaml, to_yaml

# Everything that a command line can carry, undecodable bytes (surrogates) included; it cannot carry NUL.
PATHS = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=40)
AWKWARD = st.text(st.sampled_from("${}[]()=,:'\"\\ ~#&*!|>%@`+.-/ab\n\t\x85é"), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(path=PATHS | AWKWARD, storage=PATHS | AWKWARD)
@example(path="${x}", storage="~/studies")
@example(path="a, [b] = {c: 1}", storage="'quoted\"")
@example(path="null", storage="10")
@example(path="\x85", storage="\udcff")
@example(path=" =", storage="${oc.env:HOME}")
def test_paths_are_taken_literally_and_survive_the_configuration_file(path: str, storage: str) -> None:
    config = compose_study(["study=quickstart", "name=n", f"data.path={path}", f"storage={storage}"])
    assert (config.data.path, config.storage) == (path, storage)
    assert from_yaml(to_yaml(config)) == config


@pytest.mark.parametrize("prefix", ["", "+", "++"])
def test_the_last_path_counts(prefix: str) -> None:
    config = compose_study(["name=n", "data.path=first", f"{prefix}data.path=sec,ond"])
    assert config.data.path == "sec,ond"


def test_a_name_of_digits_stays_text() -> None:
    assert compose_study(["name=007", "data.path=d"]).name == "007"
