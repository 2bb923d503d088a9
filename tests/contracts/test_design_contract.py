"""What every kind of design keeps to, over s4mcl and, where it names what is needed, the stub."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from s4mcl.config import StudyConfig, compose_study
from s4mcl.designs.design import Design
from s4mcl.designs.registry import DESIGNS, design_kinds, read_designs
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError

WORDS = ("study=quickstart", "name=demo", "data.path=images", "search.label_fractions=[0.2,0.5]", "seeds=2")
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "table": [{}, {"methods": ["unet", "s4mcl"], "label_fractions": [0.1]}],
    "leave_one_out": [
        {"method": "s4mcl"},
        {"method": "s4mcl_calm", "components": ["class_on_predicted"]},
        {"method": "stub"},
    ],
    "add_one_in": [
        {"method": "s4mcl"},
        {"method": "s4mcl", "components": ["transform.hflip", "transform.rot90", "self_supervision"]},
        {"method": "stub", "components": ["part0", "part3"]},
    ],
    "factorial": [
        {"method": "s4mcl", "components": ["self_supervision", "mask_input"], "hyperparameters": {"alpha": [1, 0.1]}},
        {"method": "stub", "components": [f"part{axis}" for axis in range(6)], "resolution": 4},
        {"method": "stub", "hyperparameters": {"x0": [0, 0.5, 1], "x1": [0.1, 0.9]}},
    ],
    "sensitivity": [
        {"method": "s4mcl", "parameter": "alpha"},
        {"method": "s4mcl", "parameter": "layout", "values": ["heads", "joint", "factorised"]},
        {"method": "s4mcl", "parameter": "transforms", "values": [["identity", "hflip"], ["identity", "rot90"]]},
        {"method": "stub", "parameter": "x2", "points": 7, "scale": "linear", "between": [0.5, 1.5]},
    ],
    "transform_sets": [
        {"method": "s4mcl", "largest": 3},
        {"method": "s4mcl_calm", "smallest": 7},
        {"method": "s4mcl", "propose": 6},
    ],
}
CASES = [(kind, fields) for kind, several in EXAMPLES.items() for fields in several]


def study(fields: Mapping[str, Any] | None, *words: str) -> StudyConfig:
    config = compose_study([*WORDS, "ablate.max_trials=5000", *words])
    designs = {} if fields is None else {"it": dict(fields)}
    return config.model_copy(update={"ablate": config.ablate.model_copy(update={"designs": designs})})


def best(method: str, fraction: float) -> dict[str, Any]:
    """What a search might have found: another value at each label fraction."""
    found = {"alpha": 0.3 + fraction} if method.startswith("s") and method != "stub" else {}
    return {**method_named(method).defaults, **found}


@pytest.fixture(params=CASES, ids=[f"{kind}-{place}" for place, (kind, _) in enumerate(CASES)])
def design(request: pytest.FixtureRequest) -> Design:
    kind, fields = request.param
    return read_designs(study({"kind": kind, **fields}))["it"]


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(design_kinds()) == set(DESIGNS)
    assert all(DESIGNS[kind].kind == kind for kind in DESIGNS)


def test_names_are_unique_and_the_order_is_fixed(design: Design) -> None:
    arms = design.arms(best)
    names = [arm.name for arm in arms]
    assert len(set(names)) == len(names)
    assert arms == design.arms(best)
    assert all(names)


def test_each_label_fraction_is_a_block_with_its_reference_first(design: Design) -> None:
    fractions = design.label_fractions or ()
    arms = design.arms(best)
    assert list(dict.fromkeys(arm.label_fraction for arm in arms)) == list(fractions)
    assert [arm.label_fraction for arm in arms] == sorted((a.label_fraction for a in arms), key=fractions.index)
    for fraction in fractions:
        block = [arm for arm in arms if arm.label_fraction == fraction]
        assert all(set(arm.factors) == set(block[0].factors) for arm in block)
        assert block[0].factors
        assert all(arm.factors != block[0].factors for arm in block[1:])
        suffix = f" at {fraction:g}"
        assert all(arm.name.endswith(suffix) == (len(fractions) > 1) for arm in block)


def test_every_arm_can_be_trained(design: Design) -> None:
    for arm in design.arms(best):
        assert arm.method in design.compared
        assert method_named(arm.method).all_of(arm.hyperparameters) == arm.hyperparameters
        plain = json.loads(json.dumps([arm.hyperparameters, arm.factors], allow_nan=False))
        assert plain == [arm.hyperparameters, arm.factors]


def test_there_are_never_more_than_said(design: Design) -> None:
    arms = design.arms(best)
    fractions, seeds = design.label_fractions or (), design.seeds or ()
    assert 1 <= len(arms) <= design.most_arms() * len(fractions)
    assert design.most_trials() == design.most_arms() * len(fractions) * len(seeds)


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_one_trial_too_many_is_refused_before_anything_starts(kind: str, fields: dict[str, Any]) -> None:
    given = {"kind": kind, **fields}
    most = read_designs(study(given))["it"].most_trials()
    assert read_designs(study(given, f"ablate.max_trials={most}"))["it"].most_trials() == most
    with pytest.raises(InputError, match=rf"ablate.designs.it: .* are {most} trials, more than ablate.max_trials"):
        read_designs(study(given, f"ablate.max_trials={most - 1}"))


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_label_fractions_and_seeds_may_be_given(kind: str, fields: dict[str, Any]) -> None:
    given = {"kind": kind, **fields, "label_fractions": [0.4], "seeds": [5, 7]}
    design = read_designs(study(given))["it"]
    assert (design.label_fractions, design.seeds) == ((0.4,), (5, 7))
    assert all(arm.label_fraction == 0.4 for arm in design.arms(best))
    default = read_designs(study({"kind": kind, **fields}))["it"]
    assert default.seeds == (0, 1)


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_it_composes_from_a_command_line(kind: str, fields: dict[str, Any]) -> None:
    text = json.dumps({"kind": kind, **fields}).replace('"', "")
    config = compose_study([*WORDS, "ablate.max_trials=5000", f"ablate.designs.it={text}"])
    assert read_designs(config)["it"] == read_designs(study({"kind": kind, **fields}))["it"]


@pytest.mark.parametrize("kind", design_kinds())
def test_a_wrong_field_is_named_with_the_design(kind: str) -> None:
    text = f"ablate.designs.mine={{kind: {kind}, method: s4mcl, seedz: 2, label_fractions: [20]}}"
    with pytest.raises(InputError) as caught:
        compose_study([*WORDS, text])
    told = str(caught.value)
    assert "ablate.designs.mine.seedz: unknown key; did you mean seeds?" in told
    assert (
        "ablate.designs.mine.label_fractions[0]: expected a share above 0 and at most 1 (20 % is written 0.2)" in told
    )


@pytest.mark.parametrize("kind", [kind for kind in design_kinds() if kind != "table"])
def test_an_unknown_method_is_refused_with_the_nearest_name(kind: str) -> None:
    needed = {"sensitivity": ", parameter: alpha", "factorial": ", components: [mask_input, self_supervision]"}
    text = f"ablate.designs.mine={{kind: {kind}, method: s4mlc{needed.get(kind, '')}}}"
    with pytest.raises(InputError, match=r"ablate.designs.mine.method: unknown method 's4mlc'; did you mean s4mcl\?"):
        compose_study([*WORDS, text])
