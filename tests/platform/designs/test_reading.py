"""How a configuration's designs are read: all problems at once, and the defaults of the study."""

import pytest

from s4mcl.config import compose_study, from_yaml, to_yaml
from s4mcl.designs.registry import read_designs
from s4mcl.designs.table import Table
from s4mcl_trainables.problems import InputError

WORDS = ("study=quickstart", "name=demo", "data.path=images")


def test_a_table_has_the_methods_fractions_and_seeds_of_the_study() -> None:
    config = compose_study([*WORDS, "ablate.designs.t={kind: table}"])
    table = read_designs(config)["t"]
    assert isinstance(table, Table)
    assert table.methods == config.methods
    assert (table.label_fractions, table.seeds) == (config.label_fractions, config.seeds)
    assert table.most_trials() == 4 * 3 * 2


def test_others_have_the_label_fractions_of_the_search() -> None:
    config = compose_study(
        [*WORDS, "search.label_fractions=[0.1,0.3]", "ablate.designs.l={kind: leave_one_out, method: s4mcl}"]
    )
    assert read_designs(config)["l"].label_fractions == (0.1, 0.3)


def test_everything_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        compose_study(
            [
                *WORDS,
                "width=none",
                "ablate.designs.a={kind: leave_one, method: s4mcl}",
                "ablate.designs.b={method: s4mcl}",
                "ablate.designs.c={kind: add_one_in}",
                "ablate.designs.d={kind: table, methods: [unett]}",
                "ablate.max_trails=3",
            ]
        )
    told = str(caught.value)
    assert "ablate.designs.a.kind: expected one of table, leave_one_out, " in told
    assert "found 'leave_one'; did you mean leave_one_out?" in told
    assert "ablate.designs.b.kind: expected one of" in told
    assert "found nothing" in told
    assert "ablate.designs.c.method: is missing" in told
    assert "ablate.designs.d.methods[0]: unknown method 'unett'; did you mean unet?" in told
    assert "ablate.max_trails: unknown key; did you mean ablate.max_trials?" in told
    assert "width: expected a whole number" in told


def test_a_design_is_written_down_and_read_again() -> None:
    config = compose_study(
        [*WORDS, "ablate.designs.l={kind: sensitivity, method: s4mcl, parameter: alpha, values: [0, 1]}"]
    )
    assert read_designs(from_yaml(to_yaml(config))) == read_designs(config)


def test_a_name_that_no_column_could_have() -> None:
    config = compose_study(WORDS)
    designs = {"a/b": {"kind": "table"}}
    given = config.model_copy(update={"ablate": config.ablate.model_copy(update={"designs": designs})})
    with pytest.raises(InputError, match=r"ablate\.designs\.a/b: expected a name of at most 60 letters, digits"):
        read_designs(given)
